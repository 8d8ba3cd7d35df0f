import ClientConfiguration
import Scraping
import StrictYAML

extension MappingOutput {
    mutating func client(_ client: HTTPClientConfiguration) {
        if let auth = client.basicAuth {
            var map = MappingOutput()
            map.text("username", auth.username.isEmpty ? nil : auth.username)
            map.text("username_file", auth.usernameFile)
            map.secret("password", auth.password)
            map.text("password_file", auth.passwordFile)
            add("basic_auth", map.output)
        }
        if let authorization = client.authorization {
            var map = MappingOutput()
            map.text("type", authorization.type)
            map.secret("credentials", authorization.credentials)
            map.text("credentials_file", authorization.credentialsFile)
            add("authorization", map.output)
        }
        if client.tls != TLSConfiguration() { tls(client.tls) }
        add("follow_redirects", .bool(client.followRedirects))
        add("enable_http2", .bool(client.enableHTTP2))
        headers(client.headers)
    }

    private mutating func tls(_ tls: TLSConfiguration) {
        var map = MappingOutput()
        map.text("ca", tls.authority)
        map.text("cert", tls.certificate)
        map.secret("key", tls.key)
        map.text("ca_file", tls.authorityFile)
        map.text("cert_file", tls.certificateFile)
        map.text("key_file", tls.keyFile)
        map.text("server_name", tls.serverName)
        map.add("insecure_skip_verify", .bool(tls.insecureSkipVerify))
        map.text("min_version", tls.minimumVersion?.rawValue)
        map.text("max_version", tls.maximumVersion?.rawValue)
        add("tls_config", map.output)
    }

    private mutating func headers(_ headers: [HTTPClientConfiguration.HTTPHeader]) {
        guard !headers.isEmpty else { return }
        add(
            "http_headers",
            .mapping(
                headers.map { header in
                    var map = MappingOutput()
                    map.texts("values", header.values)
                    map.texts("secrets", header.secrets.map(\.description))
                    map.texts("files", header.files)
                    return (header.name, map.output)
                }))
    }
}
