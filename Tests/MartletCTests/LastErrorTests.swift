import CMartlet
import MartletC
import Platform
import TestSupport
import Testing

@Suite struct LastErrorTests {
    @Test func `every thread remembers its own failure, and successes change nothing`() throws {
        expectInvalid(martlet_barrier(nil), "null pointer")
        let thread = try JoinableThread("other") {
            let (error, text) = lastError()
            #expect(error.status == ok && error.culprit == -1 && text == "")
            #expect(String(cString: martlet_last_error_message()) == "")
            expectInvalid(martlet_request_wait(nil), "the request")
        }
        thread.join()
        #expect(martlet_communicator_destroy(nil) == ok)
        let (error, text) = lastError()
        #expect(error.status == invalidArgument && error.phase == MARTLET_PHASE_NONE)
        #expect(error.sequence == 0 && error.error_number == 0 && error.culprit == -1)
        #expect(text == "the communicator is a null pointer")
        #expect(String(cString: martlet_last_error_message()) == text)
    }

    @Test func `only as much is written as the caller knows`() {
        #expect(martlet_last_error(nil) == invalidArgument)
        var error = martlet_error()
        for byteCount in [0, 8, 39] {
            error.struct_byte_count = byteCount
            error.culprit = 5
            #expect(martlet_last_error(&error) == invalidArgument)
            #expect(error.culprit == 5)
        }
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 0xaa, count: 64)
        bytes.storeBytes(of: 64, as: Int.self)
        #expect(martlet_last_error(bytes.assumingMemoryBound(to: martlet_error.self)) == ok)
        #expect(bytes.load(as: Int.self) == 64)
        #expect(bytes.load(fromByteOffset: 40, as: UInt8.self) == 0xaa)
    }

    @Test(arguments: [2046, 2047, 2048, 2049, 2050, 4000])
    func `long messages are cut at a character`(byteCount: Int) {
        let message = String(repeating: "ü", count: byteCount / 2)
        let whole = message.utf8.count
        let status = cmartlet_error_set(7, 3, 2, 5, 9, message, whole)
        #expect(status == MARTLET_SYSTEM)
        let (error, text) = lastError()
        #expect(message.hasPrefix(text))
        #expect(text.utf8.count == min(whole, 2046))
        #expect(error.phase == 3 && error.culprit == 2 && error.error_number == 5)
        #expect(error.sequence == 9)
    }

    @Test func `statuses have the names of the header`() {
        let names = (-1...11).map { String(cString: martlet_status_name($0)) }
        #expect(
            names == [
                "MARTLET_STATUS_UNKNOWN", "MARTLET_OK", "MARTLET_INVALID_ARGUMENT",
                "MARTLET_MISMATCH", "MARTLET_PEER_LOST", "MARTLET_TIMED_OUT", "MARTLET_ABORTED",
                "MARTLET_PEER_LEFT", "MARTLET_SYSTEM", "MARTLET_BUSY", "MARTLET_UNSUPPORTED",
                "MARTLET_NOT_JOINED", "MARTLET_STATUS_UNKNOWN",
            ])
        #expect(
            String(cString: martlet_status_name(.min)) == "MARTLET_STATUS_UNKNOWN")
    }

    @Test func `types have their widths`() {
        #expect(
            (0...11).map { martlet_data_type_byte_count($0) } == [
                0, 1, 1, 4, 4, 8, 8, 2, 2, 4, 8, 0,
            ])
    }

    @Test func `a library serves headers that are not newer than itself`() {
        let own = martlet_version()
        #expect(
            own == MARTLET_VERSION_MAJOR * 1_000_000 + MARTLET_VERSION_MINOR * 1000
                + MARTLET_VERSION_PATCH)
        #expect(String(cString: martlet_version_text()) == martletVersion)
        for header in [own, own + 1, own + 999, own - 1000] {
            #expect(martlet_version_check(header) == ok)
        }
        for header in [own + 1000, own + 1_000_000, -1, .min, .max] {
            expect(martlet_version_check(header), MARTLET_UNSUPPORTED, "0.1.0")
        }
    }
}
