import Model

/// What `reReplaceAll` does.
enum Replacing {
    /// The text with every match of the pattern replaced, in which `$1` and the like stand for groups.
    static func all(_ pattern: String, with replacement: String, in text: String) throws(TemplateFailure) -> String {
        let regex: SearchRegex
        do throws(TemplateFailure) {
            regex = try SearchCache.shared.regex(pattern)
        } catch {
            throw TemplateFailure("regexp: Compile(\(GoQuote.backquote(pattern) ?? GoQuote.quote(pattern))): \(error)")
        }
        let limit = TemplateLimits.standard.outputBytes
        guard let result = regex.replacing(in: text, with: replacement, limit: limit) else {
            throw TemplateFailure("more than \(limit) bytes of text")
        }
        return result
    }
}
