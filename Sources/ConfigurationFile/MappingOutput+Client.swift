import ClientConfiguration
import Model
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
        if let oauth2 = client.oauth2 { self.oauth2(oauth2) }
        if client.tls != TLSConfiguration() { tls(client.tls) }
        proxy(client.proxy)
        add("follow_redirects", .bool(client.followRedirects))
        add("enable_http2", .bool(client.enableHTTP2))
        headers(client.headers)
    }

    private mutating func oauth2(_ oauth2: HTTPClientConfiguration.OAuth2) {
        var map = MappingOutput()
        map.text("client_id", oauth2.clientID)
        map.secret("client_secret", oauth2.clientSecret)
        map.text("client_secret_file", oauth2.clientSecretFile)
        map.texts("scopes", oauth2.scopes)
        map.text("token_url", oauth2.tokenAddress)
        if !oauth2.parameters.isEmpty {
            map.add("endpoint_params", .mapping(oauth2.parameters.sorted { precedes($0.key, $1.key) }.map { ($0.key, .text($0.value)) }))
        }
        if oauth2.tls != TLSConfiguration() { map.tls(oauth2.tls) }
        map.proxy(oauth2.proxy)
        add("oauth2", map.output)
    }

    private mutating func proxy(_ proxy: ProxyConfiguration) {
        secret("proxy_url", proxy.address)
        text("no_proxy", proxy.exceptions.isEmpty ? nil : proxy.exceptions)
        if proxy.fromEnvironment { add("proxy_from_environment", .bool(true)) }
        guard !proxy.connectHeaders.isEmpty else { return }
        add("proxy_connect_header", .mapping(proxy.connectHeaders.map { ($0.name, .texts($0.values.map(\.description))) }))
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
