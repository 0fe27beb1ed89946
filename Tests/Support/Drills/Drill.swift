import Platform
package import TestSupport

/// A drill: its cells, each of which can be carried out alone.
package protocol Drill: Sendable {
    /// As it is called on the command line.
    static var name: String { get }
    /// All cells, or a choice that takes some seconds.
    static func cells(isFull: Bool, using generator: inout SeededGenerator) -> [any DrillCell]
}

package protocol DrillCell: Sendable, CustomStringConvertible {
    /// Carries the cell out; the seed chooses the moments.
    func run(seed: UInt64) -> [Finding]
    /// What of it has a name that contains this, nil for nothing.
    func narrowed(to text: String) -> (any DrillCell)?
}

extension DrillCell {
    package func narrowed(to text: String) -> (any DrillCell)? {
        description.contains(text) ? self : nil
    }
}

package enum Drills {
    package static let all: [any Drill.Type] = [
        DeathDrill.self, MismatchDrill.self, AbortDrill.self, StrangersDrill.self,
        LeakDrill.self, CrowdDrill.self,
    ]

    /// What is to be drilled.
    package struct Plan {
        package var isFull = false
        package var seed = UInt64.random(in: 0 ... .max)
        /// Only these drills, all where empty.
        package var names: [String] = []
        /// Only cells whose description contains this.
        package var cell: String?
        /// Is told of every cell as it ends.
        package var progress: (Finding) -> Void = { _ in }

        package init() {}
    }

    /// Carries out the drills of a plan, cell after cell.
    package static func run(_ plan: Plan) -> [Finding] {
        var generator = SeededGenerator(seed: plan.seed)
        var findings: [Finding] = []
        for drill in all where plan.names.isEmpty || plan.names.contains(drill.name) {
            // A cell that is named is looked for among all.
            let cells = drill.cells(
                isFull: plan.isFull || plan.cell != nil, using: &generator)
            for cell in cells {
                let wanted = if let text = plan.cell { cell.narrowed(to: text) } else { cell }
                guard let found = wanted?.run(seed: generator.next()) else { continue }
                found.forEach(plan.progress)
                findings += found
            }
        }
        return findings
    }
}
