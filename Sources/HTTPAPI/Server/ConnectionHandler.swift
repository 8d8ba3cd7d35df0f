import Access
import Model
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// One connection: gathers a request, has the API answer it, writes the answer, and then takes the next one.
///
/// Requests that come while one is answered wait here, at most what one read has brought; then reading stops. That the client has gone is noticed
/// all the same: the system tells the event loop of it, which reads what is left up to the end.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case waiting
        /// The login is judged, or there is no room for the body yet.
        case held(RequestAssembly)
        case gathering(RequestAssembly)
        /// The API is at it.
        case answering(AnswerWriter)
        case writing(AnswerWriter)
        /// Answered before its end came, and the rest is of no use: bytes that may still come before we hang up.
        case discarding(Int)
        case closed
    }

    private let service: HTTPService
    /// Nil for plain HTTP.
    private let tls: ServerTLS?
    private let hangUp = HangUp()
    private var idle: IdleWatch
    private var state = State.waiting
    private var parts = CircularBuffer<HTTPServerRequestPart>()
    private var readIsHeld = false
    /// No further request can come: the client has said so, or what it says makes no sense.
    private var inputEnded = false
    private var inputIsBroken = false
    private var isEnding = false
    /// Bytes of the room for large bodies that the request at hand has; nil: it needs none.
    private var room: Int?
    private var pace = PaceWatch()
    /// Set while `take` or `write` is on the stack: what they cause comes back to this object before they are done.
    private var isAtWork = false
    private var client = ""
    private var certificate: ClientCertificate?
    private var head = ResponseHead()
    private var executor: LoopExecutor?
    private var context: ChannelHandlerContext?

    init(_ service: HTTPService, tls: ServerTLS? = nil) {
        self.service = service
        self.tls = tls
        idle = IdleWatch(limit: service.idleTimeout)
    }

    // MARK: The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        executor = LoopExecutor(context.eventLoop)
        client = context.remoteAddress.map { "\($0.ipAddress ?? ""):\($0.port ?? 0)" } ?? ""
        isEnding = service.connections.add(context.channel)
        watchIdleness(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget(context) }

    func channelInactive(context: ChannelHandlerContext) {
        forget(context)
        context.fireChannelInactive()
    }

    private func forget(_ context: ChannelHandlerContext) {
        hangUp.happened()
        idle.stop()
        service.connections.remove(context.channel)
        parts.removeAll()
        switch state {
        case .writing(let writer): writer.abandon()
        // The body is in memory until it is answered, whether or not anybody waits for that.
        case .answering: break
        default: leaveRoom()
        }
        state = .closed
        self.context = nil
    }

    private func close() {
        if case .writing(let writer) = state { writer.abandon() }
        state = .closed
        context?.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed:
            hangUp.happened()
            inputEnded = true
            advance()
        case .handshakeCompleted as TLSUserEvent: hasShaken(context)
        case is ChannelShouldQuiesceEvent:
            isEnding = true
            idle.shorten(to: service.endingTimeout)
            watchIdleness(context)
            advance()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The TLS handshake is over; requests follow.
    private func hasShaken(_ context: ChannelHandlerContext) {
        guard let tls else { return }
        certificate = (try? context.pipeline.syncOperations.nioSSL_peerCertificate()).flatMap { $0 }.map(tls.shown)
        if !tls.admits(certificate) { close() }
    }

    /// Bytes that are no HTTP, or a connection that broke, which its closing tells too.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        inputIsBroken = true
        advance()
    }

    private func watchIdleness(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        idle.start(on: context.eventLoop) { bound.value.hasBeenIdle() }
    }

    private func hasBeenIdle() {
        guard let context else { return }
        // A query has a limit of its own, and what it still writes is not waited for by the client's fault.
        switch state {
        case .answering, .held: idle.touch()
        case .writing(let writer) where writer.isWaiting: idle.touch()
        default: break
        }
        if idle.isOver { return close() }
        watchIdleness(context)
    }

    // MARK: Requests

    func read(context: ChannelHandlerContext) {
        if isBusy, !parts.isEmpty { readIsHeld = true } else { context.read() }
    }

    private var isBusy: Bool {
        switch state {
        case .held, .answering, .writing: true
        default: false
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        idle.touch()
        parts.append(unwrapInboundIn(data))
        advance()
    }

    /// Takes what has come, as far as the request in hand allows.
    private func advance() {
        guard !isAtWork else { return }
        isAtWork = true
        while !isBusy, context != nil, let part = parts.popFirst() { take(part) }
        isAtWork = false
        guard !isBusy, parts.isEmpty else { return }
        if readIsHeld {
            readIsHeld = false
            context?.read()
        }
        endIfNothingMoreCanCome()
    }

    private func endIfNothingMoreCanCome() {
        switch state {
        case .waiting where inputIsBroken && !inputEnded: refuse(.refusal("400 Bad Request", status: 400))
        case .waiting where isEnding || inputEnded: close()
        case .gathering where inputIsBroken && !inputEnded: refuse(.refusal("400 Bad Request", status: 400))
        case .gathering where inputEnded, .discarding where inputEnded || inputIsBroken: close()
        default: break
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (state, part) {
        case (.waiting, .head(let head)): begin(RequestAssembly(head, limit: service.bodies.limit(head)))
        case (.gathering(var request), .body(let bytes)):
            // Taken out first: otherwise the body would be copied.
            state = .waiting
            let fits = request.add(bytes)
            state = .gathering(request)
            if !fits { refuse(request.tooLarge()) }
        case (.gathering(let request), .end): answer(request)
        case (.discarding(let left), .body(let bytes)):
            if bytes.readableBytes > left { close() } else { state = .discarding(left - bytes.readableBytes) }
        case (.discarding, .end): close()
        default: break
        }
    }

    private func begin(_ request: RequestAssembly) {
        state = .gathering(request)
        if let objection = request.objection { return refuse(objection) }
        guard service.bodies.isWrite(request.head) else { return gather(request) }
        guard service.access == nil || !service.bodies.judgesFirst(request.head), service.bodyRoom.tryEnter(request.expected) else {
            return hold(request)
        }
        room = request.expected
        gather(request)
        watchPace()
    }

    /// Takes the body.
    private func gather(_ request: RequestAssembly) {
        var request = request
        request.reserve()
        state = .gathering(request)
        guard request.wantsToBeTold, let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    /// Takes nothing of the body until whoever sends it may, and there is room for it.
    private func hold(_ request: RequestAssembly) {
        guard let context, let executor else { return }
        state = .held(request)
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        let head = request.request(hangUp: hangUp, client: client, certificate: certificate)
        let (service, bytes, judges) = (service, request.expected, service.bodies.judgesFirst(request.head))
        Task(executorPreference: executor) {
            var refusal = await judges ? service.api.refusal(byHeadOf: head) : nil
            if refusal == nil, await !service.bodyRoom.enter(bytes) { refusal = .noRoom }
            let answer = refusal
            if loop.inEventLoop { bound.value.hasBeenHeld(answer, bytes) } else { loop.execute { bound.value.hasBeenHeld(answer, bytes) } }
        }
    }

    /// - Parameter bytes: of room that the request has, if nothing refuses it.
    private func hasBeenHeld(_ refusal: APIResponse?, _ bytes: Int) {
        guard case .held(let request) = state else {
            if refusal == nil { service.bodyRoom.leave(bytes) }
            return
        }
        if let refusal {
            refuse(refusal, discarding: request.limit)
        } else {
            room = bytes
            gather(request)
            watchPace()
        }
        advance()
    }

    private func leaveRoom() {
        pace.stop()
        if let room = room.take() { service.bodyRoom.leave(room) }
    }

    private func watchPace() {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        pace.start(on: context.eventLoop, in: service.bodyLook) { bound.value.lookAtPace() }
    }

    /// Whoever sends a body so slowly that others find no room is told to come again.
    private func lookAtPace() {
        guard case .gathering(let request) = state, room != nil else { return }
        let isSlow = pace.isSlow(request.count, in: service.bodyLook)
        if isSlow, service.bodyRoom.waiting > 0 { return refuse(.tooSlow) }
        watchPace()
    }

    /// Answers before the request is whole. The rest of it is read and thrown away, so that the client, which may not listen before it has sent all,
    /// gets to see the answer.
    ///
    /// - Parameter limit: how much that may be, if it is more than usual.
    private func refuse(_ response: APIResponse, discarding limit: Int = 0) {
        leaveRoom()
        guard let context else { return }
        var bytes = ByteBuffer()
        head.append(response, .close, now: service.clock.now(), to: &bytes)
        bytes.writeBytes(response.body)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        if inputIsBroken { return close() }
        state = .discarding(max(1 << 20, service.bodies.usual * 4, limit))
        idle.shorten(to: service.endingTimeout)
        watchIdleness(context)
    }

    private func answer(_ assembly: RequestAssembly) {
        guard let context, let executor else { return }
        // Less may have come than was expected of a client that did not say.
        if let taken = room, taken > assembly.count {
            service.bodyRoom.giveBack(taken - assembly.count)
            room = assembly.count
        }
        state = .answering(AnswerWriter(keepsAlive: assembly.keepsAlive, isOld: assembly.head.version == .http1_0))
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (api, hangUp, client, certificate) = (service.api, hangUp, client, certificate)
        // Whatever takes long leaves the loop by itself, except for the reading of a large form, which comes before it.
        Task(executorPreference: assembly.isLarge ? nil : executor) {
            let response = await api.respond(to: assembly.request(hangUp: hangUp, client: client, certificate: certificate))
            if loop.inEventLoop { bound.value.hasAnswer(response) } else { loop.execute { bound.value.hasAnswer(response) } }
        }
    }

    // MARK: Answers

    private func hasAnswer(_ response: APIResponse) {
        leaveRoom()
        guard case .answering(var writer) = state, let loop = context?.eventLoop else { return response.stream?.abandon() ?? () }
        idle.touch()
        if let stream = response.stream {
            let bound = NIOLoopBound(self, eventLoop: loop)
            stream.listen { loop.execute { bound.value.hasMore() } }
        }
        writer.keepsAlive = writer.keepsAlive && !isEnding && !inputEnded
        writer.begin(response, &head, now: service.clock.now())
        state = .writing(writer)
        write()
    }

    /// A piece has been written that was waited for.
    private func hasMore() {
        idle.touch()
        write()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        idle.touch()
        write()
        context.fireChannelWritabilityChanged()
    }

    /// Writes as much as the client takes; the channel is writable only when nothing is left in it.
    private func write() {
        guard !isAtWork, case .writing(var writer) = state, let context else { return }
        isAtWork = true
        state = .waiting
        var budget = AnswerWriter.piecesAtOnce
        while budget > 0, context.channel.isWritable, let piece = writer.next() {
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
            budget -= 1
        }
        isAtWork = false
        // The writing may have found the connection closed.
        guard self.context != nil else { return writer.abandon() }
        state = .writing(writer)
        guard context.channel.isWritable else { return }
        if writer.isDone { return finish(writer) }
        if writer.isWaiting { return }
        // Others are waiting for the event loop.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.write() }
    }

    private func finish(_ writer: AnswerWriter) {
        guard writer.keepsAlive else { return close() }
        state = .waiting
        advance()
    }
}
