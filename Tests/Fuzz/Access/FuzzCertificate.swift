/// A certificate with names of every kind, valid for a hundred years, signed by itself; and its key, which belongs to nobody.
public enum FuzzCertificate {
    public static let pem = """
        -----BEGIN CERTIFICATE-----
        MIICPTCCAeKgAwIBAgIUTtp+x8r71qF+TlWEtyQzFNfLCmAwCgYIKoZIzj0EAwIw
        QTEQMA4GA1UECgwHRXhhbXBsZTEOMAwGA1UEAwwFZmlyc3QxHTAbBgNVBAMMFGFn
        ZW50IG9mIHRoZSBleGFtcGxlMCAXDTI2MTEyNzE3NTQ0MFoYDzIxMjYxMTAzMTc1
        NDQwWjBBMRAwDgYDVQQKDAdFeGFtcGxlMQ4wDAYDVQQDDAVmaXJzdDEdMBsGA1UE
        AwwUYWdlbnQgb2YgdGhlIGV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AASAXo0KOu/KDiZfcimC124Ce3Ksa6VxL0wc8bOu9EnvbJvoC1gJjN6m3PL1K0tY
        +cdzixd1+rWloCg2g3bNgPMxo4G1MIGyMB0GA1UdDgQWBBRLnYuZ7gU465vOy48x
        i1hMoSkOOTAfBgNVHSMEGDAWgBRLnYuZ7gU465vOy48xi1hMoSkOOTAPBgNVHRMB
        Af8EBTADAQH/MF8GA1UdEQRYMFaCDWFnZW50LmV4YW1wbGWBEWFnZW50QGV4YW1w
        bGUub3JnhhpzcGlmZmU6Ly9leGFtcGxlLm9yZy9hZ2VudIcECgECA4cQIAENuAAA
        AAAAAAAAAAAAATAKBggqhkjOPQQDAgNJADBGAiEAt9zoHLDBdroyx6+Lpof6GJ8e
        4PUBN4uXV0lQ7G3EkxACIQC7OMKDxL3qzFeLmREQ43jMP3VtRyzX8AL9ySMlzV3J
        +A==
        -----END CERTIFICATE-----

        """

    public static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNOHdQzlS/3dUrTJv
        VE8pb5twV54WR55T5f9IThbi7XWhRANCAASAXo0KOu/KDiZfcimC124Ce3Ksa6Vx
        L0wc8bOu9EnvbJvoC1gJjN6m3PL1K0tY+cdzixd1+rWloCg2g3bNgPMx
        -----END PRIVATE KEY-----

        """

    /// Of another certificate.
    public static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2Hrn0FlU3djBMdiY
        uGW32UxdsptomKSB+9+6xI047aqhRANCAAQh0d9dSKlu/IOPv7YXiujHrJ4G5yff
        PRb8KhGSqRNDdQFuVra7tYFqQhALtsFSOhQqiVhhTm9X3/CgITF04c58
        -----END PRIVATE KEY-----

        """
}
