import Testing

@testable import Liveness

@Suite struct NeighbourhoodTests {
    @Test func `neighbours are mutual`() {
        for worldSize in 1...130 {
            let graph = Neighbourhood(worldSize: worldSize)
            for rank in 0..<worldSize {
                let neighbours = graph.neighbours(of: rank)
                #expect(Set(neighbours).count == graph.degree && !neighbours.contains(rank))
                #expect(neighbours == neighbours.sorted())
                for neighbour in neighbours {
                    #expect(graph.neighbours(of: neighbour).contains(rank))
                    #expect(graph.areNeighbours(rank, neighbour))
                }
            }
        }
    }

    @Test func `small worlds know everyone, large ones a logarithm of them`() {
        for worldSize in 1...8 {
            #expect(Neighbourhood(worldSize: worldSize).degree == worldSize - 1)
        }
        #expect(Neighbourhood(worldSize: 256).degree == 15)
        #expect(Neighbourhood(worldSize: 4096).degree == 23)
    }

    @Test(arguments: [9, 12, 20, 26, 33, 64, 100, 256, 1000])
    func `a flood takes as many hops as the size has bits`(worldSize: Int) {
        let graph = Neighbourhood(worldSize: worldSize)
        var distance = [Int](repeating: -1, count: worldSize)
        distance[0] = 0
        var frontier = [0]
        while let rank = frontier.first {
            frontier.removeFirst()
            for neighbour in graph.neighbours(of: rank) where distance[neighbour] < 0 {
                distance[neighbour] = distance[rank] + 1
                frontier.append(neighbour)
            }
        }
        let bits = Int.bitWidth - (worldSize - 1).leadingZeroBitCount
        #expect(distance.allSatisfy { $0 >= 0 && $0 <= bits })
    }

    /// As many disjoint ways between two ranks as a rank has neighbours: no smaller number of
    /// deaths cuts them off (Menger). By symmetry rank 0 stands for all.
    @Test(arguments: [9, 10, 11, 13, 18, 20, 26, 28, 31])
    func `fewer deaths than neighbours leave one piece`(worldSize: Int) {
        let graph = Neighbourhood(worldSize: worldSize)
        for target in 1..<worldSize where !graph.areNeighbours(0, target) {
            #expect(disjointWays(graph, to: target) == graph.degree)
        }
    }

    /// Unit flow through split vertices: `2r` is where a rank is entered, `2r + 1` where it is left.
    private func disjointWays(_ graph: Neighbourhood, to target: Int) -> Int {
        let count = 2 * graph.worldSize
        var capacity = [Int](repeating: 0, count: count * count)
        for rank in 0..<graph.worldSize {
            capacity[2 * rank * count + 2 * rank + 1] = 1
            for neighbour in graph.neighbours(of: rank) {
                capacity[(2 * rank + 1) * count + 2 * neighbour] = 1
            }
        }
        var ways = 0
        while true {
            var previous = [Int](repeating: -1, count: count)
            previous[1] = 1
            var frontier = [1]
            while let node = frontier.popLast() {
                for next in 0..<count where previous[next] < 0 && capacity[node * count + next] > 0
                {
                    previous[next] = node
                    frontier.append(next)
                }
            }
            guard previous[2 * target] >= 0 else { return ways }
            var node = 2 * target
            while node != 1 {
                capacity[previous[node] * count + node] -= 1
                capacity[node * count + previous[node]] += 1
                node = previous[node]
            }
            ways += 1
        }
    }
}
