/// The web page.
extension Endpoints {
    var pages: [Route] { [] }
}
