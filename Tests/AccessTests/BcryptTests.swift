import Testing

@testable import Access

/// Passwords and their hashes.
struct BcryptTests {
    /// From the tests of crypt_blowfish, where not made here.
    @Test(
        "known hashes",
        arguments: [
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
            ("", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        ])
    func known(password: String, text: String) throws {
        let hash = try BcryptHash(text)
        #expect(hash.cost == 5 && hash.canMatch)
        #expect(hash.matches(password.utf8))
        #expect(!hash.matches((password + "x").utf8))
        #expect(!hash.matches((password + "\0").utf8))
    }

    @Test("what is made matches, and two of the same password differ")
    func made() throws {
        for password in ["secret", "grüße 😀", String(repeating: "x", count: 72)] {
            let (one, other) = (try #require(BcryptHash.make(password.utf8, cost: 4)), try #require(BcryptHash.make(password.utf8, cost: 4)))
            #expect(one != other)
            #expect(try BcryptHash(one).matches(password.utf8))
            #expect(!(try BcryptHash(one).matches(password.utf8.dropLast())))
        }
        #expect(BcryptHash.make(String(repeating: "x", count: 73).utf8, cost: 4) == nil)
        #expect(BcryptHash.make("a\0b".utf8, cost: 4) == nil)
    }

    @Test("of a long password, 72 bytes count, as everywhere")
    func long() throws {
        let password = String(repeating: "abcdefgh", count: 9)
        let hash = try BcryptHash(try #require(BcryptHash.make(password.utf8, cost: 4)))
        #expect(hash.matches((password + String(repeating: "more", count: 500)).utf8))
        #expect(!hash.matches(password.utf8.dropLast()))
    }

    @Test("what is taken for a hash and can match nothing", arguments: ["short by one", "longer", "odd letters"])
    func useless(kind: String) throws {
        let sound = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        let text = kind == "longer" ? sound + "a" : kind == "short by one" ? String(sound.dropLast()) : sound.replacing("E5Y", with: "E!Y")
        let hash = try BcryptHash(text)
        #expect(!hash.canMatch)
        #expect(!hash.matches("U*U".utf8))
    }
}
