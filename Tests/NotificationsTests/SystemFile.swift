import Glibc

/// Reads a file of the machine that the tests run on.
func readSystemFile(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Sample.Missing() }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
}
