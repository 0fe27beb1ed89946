import Platform
import Testing

@testable import Bootstrap

@Suite struct ConnectorTests {
    let policy = AdmissionPolicy(rank: 0, epoch: 3)

    @Test func `both ends get a socket with no byte lost behind the handshake`() throws {
        let door = try RunningDoorkeeper(credentials: credentials(), policy: policy)
        defer { door.stop() }
        let socket = try Connector.connect(
            to: door.address, purpose: .data(from: 1, to: 0), credentials: credentials(),
            deadline: Deadline(secondsFromNow: 10))
        let hello: [UInt8] = [1, 2, 3]
        #expect(try StreamSocket.send(socket.rawValue, bytes: hello[...]) == 3)
        let arrival = try #require(door.nextArrival())
        #expect(arrival.purpose == .data(from: 1, to: 0))
        guard let other = arrival.take() else {
            Issue.record("the arrival has no socket")
            return
        }
        #expect(try StreamSocket.wait(other.rawValue, forReadingMilliseconds: 5000))
        #expect(try StreamSocket.receive(other.rawValue, limit: 8) == hello[...])
        let isGone = arrival.take() == nil
        #expect(isGone)
    }

    @Test func `a rank that is not there yet is waited for`() throws {
        // The port of a listener that is gone.
        let reserved = try StreamSocket.listen(on: #require(loopback))
        let address = try StreamSocket.localAddress(reserved.rawValue)
        _ = consume reserved
        let credentials = try credentials()
        let result = Monitor(nil as Result<Int, BootstrapError>?)
        let thread = try Thread(name: "connector") {
            do throws(BootstrapError) {
                let socket = try Connector.connect(
                    to: address, purpose: .data(from: 1, to: 0), credentials: credentials,
                    deadline: Deadline(secondsFromNow: 10))
                result.update { $0 = .success(Int(socket.rawValue)) }
            } catch {
                result.update { $0 = .failure(error) }
            }
        }
        _ = result.wait(until: Deadline(secondsFromNow: 0.1)) { $0 }
        let doorkeeper = try Doorkeeper(
            listeningOn: address, credentials: credentials, policy: policy)
        var arrivals: [Arrival] = []
        #expect(
            eventually {
                arrivals += doorkeeper.progress()
                return !arrivals.isEmpty
            })
        thread.join()
        #expect(result.update { (try? $0?.get()) != nil })
    }

    @Test func `an address where nobody listens is named with its reason at the deadline`() throws {
        let reserved = try StreamSocket.listen(on: #require(loopback))
        let address = try StreamSocket.localAddress(reserved.rawValue)
        _ = consume reserved
        let started = Clock.nowNanoseconds()
        let error = #expect(throws: BootstrapError.self) {
            _ = try Connector.connect(
                to: address, purpose: .data(from: 1, to: 0), credentials: credentials(),
                deadline: Deadline(secondsFromNow: 0.3))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.peer == address)
        #expect(error?.culprit == 0)
        #expect(error?.message.contains("refused") == true)
        #expect(error?.systemCode == 111)
        #expect(Clock.nowNanoseconds() - started < 2_000_000_000)
    }

    @Test(arguments: [
        ("other", secret, BootstrapError.Code.jobMismatch),
        ("test", [UInt8](repeating: 1, count: 16), .refused),
    ])
    func `a refusal in words fails at once`(
        job: String, key: [UInt8], code: BootstrapError.Code
    ) throws {
        let door = try RunningDoorkeeper(credentials: credentials(), policy: policy)
        defer { door.stop() }
        let started = Clock.nowNanoseconds()
        let error = #expect(throws: BootstrapError.self) {
            _ = try Connector.connect(
                to: door.address, purpose: .data(from: 1, to: 0),
                credentials: credentials(job: job, secret: key),
                deadline: Deadline(secondsFromNow: 30))
        }
        #expect(error?.code == code)
        #expect(error?.remedy != nil)
        #expect(Clock.nowNanoseconds() - started < 5_000_000_000)
    }

    @Test func `many connections open together and keep their order`() throws {
        let door = try RunningDoorkeeper(credentials: credentials(), policy: policy)
        defer { door.stop() }
        let targets = (1...150).map {
            Connector.Target(address: door.address, purpose: .data(from: $0, to: 0))
        }
        let arrivals = try Connector.connectAll(
            targets, credentials: credentials(), deadline: Deadline(secondsFromNow: 20))
        #expect(arrivals.map(\.purpose.fromRank) == Array(1...150))
        #expect(
            eventually {
                door.state.update { Set($0.arrivals.map(\.purpose.fromRank)).count } == 150
            })
    }

    @Test func `without a secret another host is not even called`() throws {
        let error = #expect(throws: BootstrapError.self) {
            _ = try Connector.connect(
                to: #require(SocketAddress(digits: "198.51.100.1", port: 9)),
                purpose: .data(from: 1, to: 0), credentials: credentials(secret: nil),
                deadline: Deadline(secondsFromNow: 30))
        }
        #expect(error?.code == .unauthenticated)
        #expect(error?.remedy?.contains("MARTLET_ALLOW_UNAUTHENTICATED=1") == true)
    }

    @Test func `a caller can give up`() throws {
        let listener = try StreamSocket.listen(on: #require(loopback))
        let address = try StreamSocket.localAddress(listener.rawValue)
        let error = #expect(throws: BootstrapError.self) {
            _ = try Connector.connectAll(
                [.init(address: address, purpose: .data(from: 1, to: 0))],
                credentials: credentials(), deadline: Deadline(secondsFromNow: 30),
                isCancelled: { true })
        }
        #expect(error?.code == .aborted)
    }
}
