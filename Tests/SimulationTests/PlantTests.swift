import SimulationSupport
import Testing

/// The simulation finds wrong decisions of the ranks it drives.
@Suite struct PlantTests {
    @Test(arguments: Plant.allCases)
    func `a wrong decision breaks a promise`(plant: Plant) {
        #expect(Simulation.find(plant, seedCount: 1000) != nil)
    }
}
