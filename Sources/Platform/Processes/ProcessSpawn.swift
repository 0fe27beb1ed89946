internal import CLinux

/// A new process: what it runs and what it is given.
///
/// It leads a process group of its own, and the kernel kills it when the thread that started it
/// ends: even a starter killed with SIGKILL leaves no child behind.
package struct ProcessSpawn: Sendable {
    package var path: [UInt8]
    /// With the name of the program first.
    package var arguments: [[UInt8]]
    /// Entries of the form NAME=VALUE.
    package var environment: [[UInt8]]
    package var standardInput: Int32
    package var standardOutput: Int32
    package var standardError: Int32
    /// A close-on-exec descriptor that this process alone keeps, under the same number.
    package var passedDescriptor: Int32?
    /// The processor it is bound to.
    package var processor: Int?
    package var signalMask: SignalSet
    package var descriptorLimit: DescriptorLimit

    package init(
        path: [UInt8], arguments: [[UInt8]], environment: [[UInt8]], standardInput: Int32,
        standardOutput: Int32, standardError: Int32, signalMask: SignalSet,
        descriptorLimit: DescriptorLimit
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.signalMask = signalMask
        self.descriptorLimit = descriptorLimit
    }

    /// Starts the process; a script without `#!` runs under /bin/sh, as shells do it.
    ///
    /// - Throws: also when the program could not be executed; then no process is left.
    package func start() throws(SystemError) -> Int32 {
        do {
            return try startDirectly()
        } catch {
            guard error.code == ENOEXEC else { throw error }
            var script = self
            script.path = Array("/bin/sh".utf8)
            script.arguments = [script.path, path] + arguments.dropFirst()
            return try script.startDirectly()
        }
    }

    private func startDirectly() throws(SystemError) -> Int32 {
        let program = CStringArray([path])
        let arguments = CStringArray(arguments)
        let environment = CStringArray(environment)
        var mask = signalMask.storage
        var step: UnsafePointer<CChar>?
        let result = unsafe withUnsafePointer(to: &mask) { mask in
            unsafe program.withUnsafePointer { program in
                unsafe arguments.withUnsafePointer { arguments in
                    unsafe environment.withUnsafePointer { environment in
                        var request = unsafe clinux_spawn_request()
                        unsafe request.path = UnsafePointer(program.pointee)
                        unsafe request.arguments = arguments
                        unsafe request.environment = environment
                        unsafe request.standard_input = standardInput
                        unsafe request.standard_output = standardOutput
                        unsafe request.standard_error = standardError
                        unsafe request.passed_descriptor = passedDescriptor ?? -1
                        unsafe request.processor = Int32(clamping: processor ?? -1)
                        unsafe request.signal_mask = mask
                        unsafe request.descriptor_limit = descriptorLimit.storage
                        return unsafe clinux_spawn(&request, &step)
                    }
                }
            }
        }
        return try check(result, unsafe step.map { unsafe String(cString: $0) } ?? "spawn")
    }
}

/// How many descriptors a process may open.
package struct DescriptorLimit: Sendable {
    fileprivate var storage: clinux_descriptor_limit

    /// What this process may now.
    package static func current() throws(SystemError) -> DescriptorLimit {
        var storage = clinux_descriptor_limit()
        try check(unsafe clinux_get_descriptor_limit(&storage), "getrlimit")
        return DescriptorLimit(storage: storage)
    }

    /// The number itself, which a process may raise up to `ceiling`.
    package var count: UInt64 { storage.count }

    package var ceiling: UInt64 { storage.ceiling }

    /// Lets this process open so many descriptors, as far as its ceiling goes.
    package func apply(count: UInt64) throws(SystemError) {
        var changed = storage
        changed.count = min(count, ceiling)
        try check(unsafe clinux_set_descriptor_limit(&changed), "setrlimit")
    }
}
