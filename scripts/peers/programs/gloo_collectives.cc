// Gloo's collectives through its C++ library, without PyTorch in between. Of the all-reduce every
// algorithm it brings, each a variant; `_polling` lets the caller poll its sockets (Gloo's own switch for low latency)
// instead of waiting for the loop thread. Buffers and algorithms are set up once per size, which is
// Gloo at its best.
#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/allreduce_bcube.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/allreduce_ring_chunked.h>
#include <gloo/broadcast.h>
#include <gloo/config.h>
#include <gloo/math.h>
#include <gloo/reduce.h>
#include <gloo/reduce_scatter.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/rendezvous/prefix_store.h>
#include <gloo/transport/tcp/device.h>

#include <dlfcn.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "local_ranks.h"

namespace {

using ContextPointer = std::shared_ptr<gloo::rendezvous::Context>;
using AllreduceOptions = gloo::AllreduceOptions;

struct State {
    local_rank local;
    ContextPointer context;
    // The caller itself polls its sockets in this one, instead of Gloo's loop thread.
    ContextPointer polling;
    // Exactly one of the two is set between `prepare` and `finish`.
    std::unique_ptr<gloo::Algorithm> algorithm;
    std::unique_ptr<AllreduceOptions> options;
    enum collective collective;
    // What a call of another collective than the all-reduce does.
    std::function<void()> call;
};

std::unique_ptr<AllreduceOptions> collective(const ContextPointer& context,
                                             AllreduceOptions::Algorithm algorithm, float* buffer,
                                             size_t count) {
    auto options = std::make_unique<AllreduceOptions>(context);
    options->setAlgorithm(algorithm);
    options->setOutput(buffer, count);
    options->setReduceFunction(
        static_cast<void (*)(void*, const void*, const void*, size_t)>(&gloo::sum<float>));
    return options;
}

template <template <typename> class Algorithm>
std::unique_ptr<gloo::Algorithm> persistent(const ContextPointer& context, float* buffer,
                                            size_t count) {
    return std::make_unique<Algorithm<float>>(context, std::vector<float*>{buffer},
                                              static_cast<int>(count));
}

std::unique_ptr<gloo::Algorithm> persistentNamed(const std::string& name,
                                                 const ContextPointer& context, float* buffer,
                                                 size_t count) {
    if (name == "ring_chunked")
        return persistent<gloo::AllreduceRingChunked>(context, buffer, count);
    if (name == "bcube_persistent")
        return persistent<gloo::AllreduceBcube>(context, buffer, count);
    if (name == "halving_doubling")
        return persistent<gloo::AllreduceHalvingDoubling>(context, buffer, count);
    return nullptr;
}

// A call of the collective over one buffer; rank 0 is the root.
std::function<void()> callOf(State& state, float* buffer, size_t count) {
    const auto context = state.context;
    if (state.collective == COLLECTIVE_ALL_GATHER) {
        auto options = std::make_shared<gloo::AllgatherOptions>(context);
        options->setOutput(buffer, count);
        return [options] { gloo::allgather(*options); };
    }
    if (state.collective == COLLECTIVE_BROADCAST) {
        auto options = std::make_shared<gloo::BroadcastOptions>(context);
        options->setOutput(buffer, count);
        options->setRoot(0);
        return [options] { gloo::broadcast(*options); };
    }
    if (state.collective == COLLECTIVE_REDUCE) {
        auto options = std::make_shared<gloo::ReduceOptions>(context);
        options->setOutput(buffer, count);
        options->setRoot(0);
        options->setReduceFunction(
            static_cast<void (*)(void*, const void*, const void*, size_t)>(&gloo::sum<float>));
        return [options] { gloo::reduce(*options); };
    }
    const std::vector<int> parts(state.local.ranks, static_cast<int>(count) / state.local.ranks);
    auto algorithm = std::make_shared<gloo::ReduceScatterHalvingDoubling<float>>(
        context, std::vector<float*>{buffer}, static_cast<int>(count), parts);
    return [algorithm] { algorithm->run(); };
}

int prepareAllReduce(State& state, const std::string& name, float* buffer, size_t count) {
    using Kind = AllreduceOptions::Algorithm;
    const std::string suffix = "_polling";
    const bool polls = name.size() > suffix.size() &&
                       name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
    if (name == "ring") {
        state.options = collective(state.context, Kind::RING, buffer, count);
    } else if (name == "bcube") {
        state.options = collective(state.context, Kind::BCUBE, buffer, count);
    } else if (polls) {
        const std::string base = name.substr(0, name.size() - suffix.size());
        state.algorithm = persistentNamed(base, state.polling, buffer, count);
    } else {
        state.algorithm = persistentNamed(name, state.context, buffer, count);
    }
    return !state.options && !state.algorithm;
}

int prepare(void* opaque, const char* variant, float* buffer, size_t count) {
    State& state = *static_cast<State*>(opaque);
    if (state.collective != COLLECTIVE_ALL_REDUCE) state.call = callOf(state, buffer, count);
    else if (prepareAllReduce(state, variant, buffer, count) != 0) return 1;
    // Gloo's buffers announce themselves to the peer: nobody may send before both sides have them.
    local_total(&state.local, 0);
    return 0;
}

void run(void* opaque) {
    State& state = *static_cast<State*>(opaque);
    if (state.call) state.call();
    else if (state.algorithm) state.algorithm->run();
    else gloo::allreduce(*state.options);
}

void finish(void* opaque) {
    State& state = *static_cast<State*>(opaque);
    local_total(&state.local, 0);
    state.algorithm.reset();
    state.options.reset();
    state.call = nullptr;
}

long wrongElements(void* opaque, const float* buffer, size_t count) {
    const State& state = *static_cast<State*>(opaque);
    return wrong_results(state.collective, buffer, count, state.local.rank, state.local.ranks);
}

long agree(void* opaque, long value) {
    return local_agree(&static_cast<State*>(opaque)->local, value);
}

long total(void* opaque, long value) {
    return local_total(&static_cast<State*>(opaque)->local, value);
}

ContextPointer connect(const local_rank& local, const char* name, bool polling) {
    const char* directory = getenv("PEERS_MEETING_DIRECTORY");
    if (directory == nullptr) throw std::runtime_error("PEERS_MEETING_DIRECTORY is not set");
    gloo::transport::tcp::attr attributes("127.0.0.1");
    auto device = gloo::transport::tcp::CreateDevice(attributes);
    gloo::rendezvous::FileStore files{std::string(directory)};
    gloo::rendezvous::PrefixStore store(name, files);
    auto context = std::make_shared<gloo::rendezvous::Context>(local.rank, local.ranks);
    context->setTimeout(std::chrono::seconds(30));
    context->connectFullMesh(store, device);
    if (polling)
        for (int peer = 0; peer < local.ranks; peer++)
            if (peer != local.rank) context->getPair(peer)->setSync(true, true);
    return context;
}

void printLibrary() {
    Dl_info info;
    const char* path = "";
    if (dladdr(reinterpret_cast<void*>(&gloo::allreduce), &info) != 0) path = info.dli_fname;
    printf("about library=Gloo %d.%d.%d (%s)\n", GLOO_VERSION_MAJOR, GLOO_VERSION_MINOR,
           GLOO_VERSION_PATCH, path);
}

void beRank(local_rank local, const measuring_options* options) {
    try {
        State state{local, connect(local, "loop", false), connect(local, "polling", true), {}, {},
                    options->collective, {}};
        const contender contender = {&state, local.rank,    local.ranks, prepare, run,
                                     finish, wrongElements, agree,       total};
        if (local.rank == 0) printLibrary();
        measure_all(&contender, options);
    } catch (const std::exception& error) {
        refuse("Gloo failed: ", error.what());
    }
}

}  // namespace

int main(int argc, char** argv) {
    const measuring_options options = parse_options(argc, argv);
    return run_local_ranks(&options, beRank);
}
