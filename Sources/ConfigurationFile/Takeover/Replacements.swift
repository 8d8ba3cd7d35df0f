import Notifier
import Scraping

/// Everything that is known not to work as it does elsewhere.
public enum Replacements {
    public static let all = discovery + secrets + tokens + blocks + notifications + receivers

    // MARK: Discovery

    private static let discovery = DiscoveryKinds.missing.flatMap { kind in
        ["scrape_configs", "alerting.alertmanagers"].map { section in
            Replacement(
                "\(section).\(kind)_sd_configs", .refused, "there is no such discovery here",
                instead: sources[kind] ?? "file_sd_configs with target files that a small program writes")
        }
    }

    /// What takes the place of a kind of discovery.
    public static let sources: [String: String] = [
        "aws": file("aws ec2 describe-instances, aws ecs list-tasks and the like"),
        "azure": file("az vm list --show-details"),
        "consul":
            "dns_sd_configs with the names of Consul's DNS (<service>.service.consul, type SRV), or file_sd_configs with files of consul-template",
        "digitalocean": file("doctl compute droplet list -o json"),
        "dockerswarm": "dns_sd_configs with tasks.<service> (type A), or docker_sd_configs for each node",
        "ec2": file("aws ec2 describe-instances"),
        "ecs": file("aws ecs list-tasks and describe-tasks") + ", or dns_sd_configs with the names of ECS service discovery",
        "elasticache": file("aws elasticache describe-cache-clusters --show-cache-node-info"),
        "eureka": file("GET /eureka/apps of the server"),
        "gce": file("gcloud compute instances list --format=json"),
        "hetzner": file("hcloud server list -o json"),
        "ionos": file("ionosctl server list -o json"),
        "kubernetes": "dns_sd_configs with the names of headless services (_<port>._tcp.<service>.<namespace>.svc.cluster.local, type SRV), or "
            + file("kubectl get pods -A -o json"),
        "kuma": file("GET /meshes/<mesh>/dataplanes of the control plane"),
        "lightsail": file("aws lightsail get-instances"),
        "linode": file("linode-cli linodes list --json"),
        "marathon": file("GET /v2/apps?embed=apps.tasks of Marathon"),
        "msk": file("aws kafka list-nodes"),
        "nerve": file("the nodes that Nerve keeps in ZooKeeper"),
        "nomad": "file_sd_configs with a file that a template block over nomadService writes, or dns_sd_configs with Consul's DNS",
        "oci": file("oci compute instance list"),
        "openstack": file("openstack server list -f json"),
        "outscale": file("osc-cli api ReadVms"),
        "ovhcloud": file("GET /vps and /dedicated/server of the OVHcloud API"),
        "puppetdb": "http_sd_configs with a service that turns a query of PuppetDB (POST /pdb/query/v4) into target groups, or "
            + "file_sd_configs with a file that Puppet itself writes",
        "rds": file("aws rds describe-db-instances"),
        "scaleway": file("scw instance server list -o json"),
        "serverset": file("the members that Finagle keeps in ZooKeeper"),
        "stackit": file("stackit server list -o json"),
        "triton": file("triton instance list -j"),
        "uyuni": file("system.listSystems of the XML-RPC API"),
        "vultr": file("vultr-cli instance list -o json"),
    ]

    private static func file(_ source: String) -> String { "file_sd_configs or http_sd_configs, with target groups made of: \(source)" }

    // MARK: Clients

    private static let secrets = [
        ("basic_auth.username_ref", "username_file"), ("basic_auth.password_ref", "password_file"),
        ("authorization.credentials_ref", "credentials_file"), ("tls_config.ca_ref", "ca_file"), ("tls_config.cert_ref", "cert_file"),
        ("tls_config.key_ref", "key_file"), ("oauth2.client_secret_ref", "client_secret_file"),
    ].map { pattern, file in
        Replacement(pattern, .refused, "there are no secret managers here", instead: "\(file), which is read anew for each request")
    }

    private static let tokens: [Replacement] = {
        let fresh = "authorization with a credentials_file that another program keeps fresh"
        let assertions = [
            "client_certificate_key", "client_certificate_key_file", "client_certificate_key_ref", "client_certificate_key_id",
            "signature_algorithm", "iss", "audience", "claims",
        ].map { key in
            Replacement(
                "oauth2.\(key)", .refused, "tokens are asked for with a secret only, not with signed assertions",
                instead: "client_secret_file, or \(fresh)")
        }
        let grant = Replacement(
            "oauth2.grant_type", .refused, "there is no other grant than client_credentials", instead: "client_credentials, or \(fresh)",
            if: .notWord("client_credentials"))
        return assertions + [grant]
    }()

    // MARK: Blocks

    private static let blocks = [
        Replacement(
            "alerting.alertmanagers.sigv4", .refused, "requests are not signed",
            instead: "a signing forwarder before the alertmanager, such as aws-sigv4-proxy"),
        Replacement(
            "alerting.alertmanagers.api_version", .refused, "version 1 of Alertmanager's API is gone", instead: "v2, or leave the key out",
            if: .word("v1")),
        Replacement(
            "remote_write", .ignored, "nothing is sent",
            instead: "an agent beside this server that scrapes the same targets and sends, such as prometheus --agent or vmagent"),
        Replacement("remote_read", .ignored, "nothing is fetched", instead: "the other server as a data source of its own in Grafana"),
        Replacement("tracing", .ignored, "nothing is traced", instead: "query_log_file, which tells how long each query took and where"),
        Replacement(
            "otlp", .ignored, "there is no OTLP receiver", instead: "an OpenTelemetry Collector with its prometheus exporter, which is scraped"),
        Replacement("runtime.gogc", .differs, "there is no garbage collector to tune", instead: "nothing; it can stay"),
        Replacement(
            "storage.tsdb.chunk_encoding.floats", .differs, "chunks are written as xor, which every reader knows; xor2 is read",
            instead: "nothing; it can stay", if: .word("xor2")),
    ]

    // MARK: Notifications

    private static let notifications =
        ["tracing", "event_recorder"].map { key in
            Replacement(
                "notifications.\(key)", .ignored, "it is not used",
                instead: "what is on record of alerts and notifications, on the page and over the API")
        }
        + ForeignReceivers.globalKeys.map { key in
            Replacement("notifications.global.\(key)", .ignored, "there is no such receiver here", instead: "nothing; leave the key out")
        }

    private static let receivers = ForeignReceivers.sections.flatMap { section in
        ["receivers", "notifications"].map { parent in
            Replacement("\(parent).\(section.key)", .refused, "there is no such receiver here", instead: section.advice.withoutUse, if: .notEmpty)
        }
    }
}

extension String {
    /// "use this" as it stands in a column of what to use.
    fileprivate var withoutUse: String { hasPrefix("use ") ? String(dropFirst(4)) : self }
}
