import CLinux
import Platform
import TestSupport
import Testing

@Suite struct FileTests {
    @Test(arguments: [0o600, 0o644] as [mode_t])
    func `a file is replaced as a whole, with the mode asked for`(mode: mode_t) throws {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/file"
        for text in ["old", "", "new and longer than one"] {
            try FileDescriptor.replaceContents(of: path, with: Array(text.utf8), mode: mode)
            #expect(try FileDescriptor.contents(of: path) == Array(text.utf8))
            #expect(folder.names == ["file"])
        }
        let isPrivate = try FileDescriptor.privateContents(of: path, limit: 100) != nil
        #expect(isPrivate == (mode == 0o600))
    }

    @Test func `what cannot be replaced stays, and nothing is left beside it`() throws {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/directory"
        try FilePath(path).makeDirectory()
        let error = #expect(throws: SystemError.self) {
            try FileDescriptor.replaceContents(of: path, with: [1, 2, 3])
        }
        #expect(error?.code == EISDIR)
        #expect(try FilePath(path).kind() == .directory)
        #expect(folder.names == ["directory"])
    }

    @Test func `questions about paths are answered with the errno of their call`() throws {
        let folder = try TemporaryDirectory()
        // 0xff never stands in UTF-8.
        let bytes = Array("\(folder.path)/".utf8) + [0xff]
        let file = FilePath(bytes)
        defer { _ = unsafe rmdir(bytes.map { CChar(bitPattern: $0) } + [0]) }
        #expect(throws: SystemError.self) { try file.requireAccess(F_OK) }
        let missing = #expect(throws: SystemError.self) { _ = try file.kind() }
        #expect(missing?.isMissingFile == true)
        try file.makeDirectory()
        #expect(try file.kind() == .directory)
        try file.requireAccess(R_OK | W_OK | X_OK)
        let twice = #expect(throws: SystemError.self) { try file.makeDirectory() }
        #expect(twice?.code == EEXIST)
        #expect(try FilePath("/dev/null").kind() == .other)
        #expect(try FilePath("/proc/self/status").kind() == .regularFile)
    }

    @Test func `a directory lists what it holds, and nothing else is one`() throws {
        let folder = try TemporaryDirectory()
        #expect(try FilePath(folder.path).names() == [])
        try FileDescriptor.replaceContents(of: "\(folder.path)/file", with: [])
        try FilePath("\(folder.path)/folder").makeDirectory()
        #expect(try FilePath(folder.path).names().sorted() == ["file", "folder"])
        let file = #expect(throws: SystemError.self) {
            _ = try FilePath("\(folder.path)/file").names()
        }
        #expect(file?.code == ENOTDIR)
        let missing = #expect(throws: SystemError.self) {
            _ = try FilePath("\(folder.path)/missing").names()
        }
        #expect(missing?.isMissingFile == true)
    }
}
