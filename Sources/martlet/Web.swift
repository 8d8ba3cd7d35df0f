import Access
import ArgumentParser
import Glibc

/// `martlet web …`: makes what a web configuration needs. Secrets come from the terminal or standard input: arguments can be seen by others.
struct Web: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make password hashes and tokens for --web.config.file.", subcommands: [HashPassword.self, Token.self])

    struct HashPassword: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the bcrypt hash of a password, for basic_auth_users.",
            discussion: """
                martlet web hash-password                    asks for the password, twice
                martlet web hash-password < password.txt     takes the first line
                """)

        @Option(help: "Binary logarithm of the work, 4 through 16.") var cost = 10

        func run() throws {
            guard (4...16).contains(cost) else { throw ValidationError("--cost must be 4 through 16") }
            let password = try SecretInput.read("Password: ", repeating: true)
            guard let hash = BcryptHash.make(password.utf8, cost: cost) else {
                throw ValidationError("a password has at most 72 bytes, and no zero among them")
            }
            print(hash)
        }
    }

    struct Token: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and its SHA-256, for martlet.tokens.",
            discussion: """
                martlet web token                            makes one and prints it with its hash
                martlet web token --given < token.txt        prints the hash of one that there is
                """)

        @Flag(help: "Take the token from the terminal or standard input.") var given = false

        func run() throws {
            guard given else {
                let made = TokenText()
                print("token:  \(made.token)\nsha256: \(made.sha256)")
                return
            }
            print("sha256: \(TokenText(try SecretInput.read("Token: ", repeating: false)).sha256)")
        }
    }
}

/// A secret from the terminal, which does not show it, or the first line of standard input.
private enum SecretInput {
    static func read(_ prompt: String, repeating: Bool) throws -> String {
        guard isatty(STDIN_FILENO) != 0 else {
            guard let line = readLine(), !line.isEmpty else { throw ValidationError("standard input is empty") }
            return line
        }
        let secret = ask(prompt)
        if secret.isEmpty { throw ValidationError("nothing was entered") }
        if repeating, ask("Again: ") != secret { throw ValidationError("the two are not the same") }
        return secret
    }

    private static func ask(_ prompt: String) -> String { getpass(prompt).map { String(cString: $0) } ?? "" }
}
