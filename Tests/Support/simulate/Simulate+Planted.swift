import SimulationSupport

extension Simulate {
    /// Looks for each wrong decision in so many seeds; prints which one finds it, and by what.
    static func runPlanted(upTo count: UInt64) -> Bool {
        var missed = 0
        print(pad("seed", 6) + "what all ranks do wrong, and what the seed says to it")
        for plant in Plant.allCases {
            if let report = Simulation.find(plant, seedCount: count) {
                print(pad("\(report.seed)", 6) + plant.rawValue)
                print(pad("", 6) + "    (\(report.fault)) " + (report.violations.first ?? ""))
            } else {
                print(pad("none", 6) + plant.rawValue + ", from \(plant.firstSeed) on")
                missed += 1
            }
        }
        print(
            "\(Plant.allCases.count - missed) of \(Plant.allCases.count) found"
                + " within \(count) seeds")
        return missed == 0
    }
}
