// hnswlib under the measurements' protocol: one command a line on standard input, one answer a line on standard output,
// fields separated by tabs. dev.pagoda.deploy.bench.ContenderLoop is the same loop for the systems of the JVM and
// documents the commands. The process ends at once when its input does, also in the middle of a command.
//
// Filters: releases from 0.7 take a functor (compiled with -DHNSWLIB_HAS_FUNCTOR). Before that the rows outside the filter
// are marked deleted, untimed: the search then leaves them out of its results by the same rule as it later does by functor.
#include <hnswlib/hnswlib.h>

#include <time.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr size_t kM = 16;
constexpr size_t kEfConstruction = 200;
constexpr size_t kSeed = 100;
constexpr size_t kLimit = 10;
constexpr size_t kRemainder = 3;
#ifdef HNSWLIB_HAS_FUNCTOR
constexpr const char* kAbout = "filters by functor";
#else
constexpr const char* kAbout = "filters by rows marked deleted";
#endif

struct Rows {
    size_t count = 0;
    size_t dimensions = 0;
    std::vector<float> values;

    const float* at(size_t row) const { return values.data() + row * dimensions; }
};

int64_t nanos(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

Rows read_rows(const std::string& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) throw std::runtime_error("there is no file " + path);
    const int64_t size = in.tellg();
    in.seekg(0);
    int32_t length = 0;
    in.read(reinterpret_cast<char*>(&length), sizeof length);
    const int64_t row_bytes = 4 * (int64_t{length} + 1);
    if (!in || length < 1 || size % row_bytes != 0) throw std::runtime_error(path + " is no fvecs file");
    Rows rows;
    rows.count = size / row_bytes;
    rows.dimensions = length;
    rows.values.resize(rows.count * rows.dimensions);
    in.seekg(0);
    for (size_t row = 0; row < rows.count; row++) {
        in.read(reinterpret_cast<char*>(&length), sizeof length);
        in.read(reinterpret_cast<char*>(rows.values.data() + row * rows.dimensions), 4 * rows.dimensions);
        if (!in || static_cast<size_t>(length) != rows.dimensions) throw std::runtime_error(path + " is no fvecs file");
    }
    return rows;
}

bool accepts(size_t id, size_t modulus) { return modulus == 1 || id % modulus == kRemainder; }

#ifdef HNSWLIB_HAS_FUNCTOR
struct Remainder : hnswlib::BaseFilterFunctor {
    size_t modulus;
    explicit Remainder(size_t m) : modulus(m) {}
    bool operator()(hnswlib::labeltype id) override { return accepts(id, modulus); }
};
#endif

class Peer {
  public:
    std::string load(const std::string& base, const std::string& queries, const std::string& metric) {
        base_ = read_rows(base);
        queries_ = read_rows(queries);
        if (base_.dimensions != queries_.dimensions) throw std::runtime_error("base and queries differ in dimensions");
        if (metric == "l2") {
            space_ = std::make_unique<hnswlib::L2Space>(base_.dimensions);
        } else if (metric == "ip") {
            space_ = std::make_unique<hnswlib::InnerProductSpace>(base_.dimensions);
        } else {
            throw std::runtime_error("there is no metric " + metric);
        }
        return "loaded\t" + std::to_string(base_.count) + "\t" + kAbout;
    }

    std::string build(size_t threads) {
        const int64_t wall = nanos(CLOCK_MONOTONIC);
        const int64_t cpu = nanos(CLOCK_PROCESS_CPUTIME_ID);
        index_ = std::make_unique<Index>(space_.get(), base_.count, kM, kEfConstruction, kSeed);
        index_->addPoint(base_.at(0), 0);
        std::atomic<size_t> next{1};
        std::vector<std::thread> workers;
        for (size_t t = 0; t < threads; t++) {
            workers.emplace_back([this, &next] {
                for (size_t row = next++; row < base_.count; row = next++) index_->addPoint(base_.at(row), row);
            });
        }
        for (auto& worker : workers) worker.join();
        std::ostringstream said;
        said << "built\t" << (nanos(CLOCK_MONOTONIC) - wall) << '\t' << (nanos(CLOCK_PROCESS_CPUTIME_ID) - cpu) << '\t'
             << bytes() << '\t' << threads;
        base_.values = {};
        return said.str();
    }

    std::string search(size_t modulus, size_t ef) {
        restrict_to(modulus);
        index_->setEf(ef);
        std::vector<int64_t> found(queries_.count * kLimit, -1);
        const int64_t cpu = nanos(CLOCK_THREAD_CPUTIME_ID);
        for (size_t q = 0; q < queries_.count; q++) ask(q, modulus, found.data() + q * kLimit);
        const int64_t took = nanos(CLOCK_THREAD_CPUTIME_ID) - cpu;
        std::string said = "found\t" + std::to_string(took) + "\t";
        for (int64_t id : found) said.append(std::to_string(id)).push_back(' ');
        return said;
    }

    std::string pace(size_t threads, size_t ef, size_t passes) {
        restrict_to(1);
        index_->setEf(ef);
        const int64_t wall = nanos(CLOCK_MONOTONIC);
        std::vector<std::thread> workers;
        for (size_t t = 0; t < threads; t++) {
            workers.emplace_back([this, passes] {
                int64_t found[kLimit];
                for (size_t pass = 0; pass < passes; pass++) {
                    for (size_t q = 0; q < queries_.count; q++) ask(q, 1, found);
                }
            });
        }
        for (auto& worker : workers) worker.join();
        return "paced\t" + std::to_string(nanos(CLOCK_MONOTONIC) - wall);
    }

  private:
    using Index = hnswlib::HierarchicalNSW<float>;

    void ask(size_t query, size_t modulus, int64_t* found) const {
#ifdef HNSWLIB_HAS_FUNCTOR
        Remainder remainder(modulus);
        auto top = index_->searchKnn(queries_.at(query), kLimit, modulus == 1 ? nullptr : &remainder);
#else
        (void)modulus;
        auto top = index_->searchKnn(queries_.at(query), kLimit);
#endif
        for (size_t at = top.size(); at-- > 0; top.pop()) found[at] = static_cast<int64_t>(top.top().second);
    }

    void restrict_to(size_t modulus) {
#ifndef HNSWLIB_HAS_FUNCTOR
        for (size_t id = 0; modulus != modulus_ && id < base_.count; id++) {
            if (accepts(id, modulus_) && !accepts(id, modulus)) index_->markDelete(id);
            if (!accepts(id, modulus_) && accepts(id, modulus)) index_->unmarkDelete(id);
        }
#endif
        modulus_ = modulus;
    }

    size_t bytes() const {
        size_t sum = index_->max_elements_ * (index_->size_data_per_element_ + sizeof(char*));
        for (size_t row = 0; row < base_.count; row++) sum += index_->element_levels_[row] * index_->size_links_per_element_;
        return sum;
    }

    Rows base_;
    Rows queries_;
    std::unique_ptr<hnswlib::SpaceInterface<float>> space_;
    std::unique_ptr<Index> index_;
    size_t modulus_ = 1;
};

std::string answer(Peer& peer, const std::string& line) {
    std::istringstream fields(line);
    std::vector<std::string> field;
    for (std::string each; std::getline(fields, each, '\t');) field.push_back(each);
    if (field.size() == 4 && field[0] == "load") return peer.load(field[1], field[2], field[3]);
    if (field.size() == 2 && field[0] == "build") return peer.build(std::stoul(field[1]));
    if (field.size() == 3 && field[0] == "search") return peer.search(std::stoul(field[1]), std::stoul(field[2]));
    if (field.size() == 4 && field[0] == "pace") {
        return peer.pace(std::stoul(field[1]), std::stoul(field[2]), std::stoul(field[3]));
    }
    throw std::runtime_error("there is no command '" + line + "'");
}

}  // namespace

int main() {
    std::mutex lock;
    std::condition_variable arrived;
    std::deque<std::string> commands;
    std::thread worker([&] {
        Peer peer;
        while (true) {
            std::unique_lock<std::mutex> held(lock);
            arrived.wait(held, [&] { return !commands.empty(); });
            const std::string line = commands.front();
            commands.pop_front();
            held.unlock();
            try {
                std::cout << answer(peer, line) << std::endl;
            } catch (const std::exception& refused) {
                std::cout << "failed\t" << refused.what() << std::endl;
            }
        }
    });
    for (std::string line; std::getline(std::cin, line);) {
        std::lock_guard<std::mutex> held(lock);
        commands.push_back(line);
        arrived.notify_one();
    }
    _exit(0);
}
