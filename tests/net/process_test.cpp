#include "net/process.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>

namespace weir::net {
namespace {

using namespace std::chrono_literals;

class ProcessTest : public testing::Test {
  protected:
    std::unique_ptr<Process> shell(const std::string& script) {
        const std::array<std::string, 3> arguments{"sh", "-c", script};
        auto process = Process::spawn(context, "/bin/sh", arguments,
                                      {.exited = [this](std::string_view how) { exited = how; },
                                       .said = [this](std::string_view line) { said += std::string(line) + '|'; }});
        EXPECT_TRUE(process.has_value());
        return std::move(*process);
    }
    void run_until_exit() {
        for (int i = 0; i < 1000 && exited.empty(); ++i) context.run_one_for(20ms);
    }

    boost::asio::io_context context;
    std::string exited;
    std::string said;
};

TEST_F(ProcessTest, ItsEndIsToldInWords) {
    const auto process = shell("exit 7");
    run_until_exit();
    EXPECT_EQ(exited, "exited with status 7");
}

TEST_F(ProcessTest, AKillIsToldByItsName) {
    const auto process = shell("exec sleep 60");
    process->kill();
    run_until_exit();
    EXPECT_EQ(exited, "killed by signal 9 (Killed)");
}

TEST_F(ProcessTest, WhatItComplainsOfIsHeardBeforeItsEnd) {
    const auto process = shell("echo one >&2; echo two >&2; exit 1");
    run_until_exit();
    EXPECT_EQ(said, "one|two|");
}

TEST_F(ProcessTest, ItHasOneDescriptorBesidesTheStandardOnes) {
    const auto process = shell("exec ls /proc/self/fd >&2");
    run_until_exit();
    EXPECT_EQ(said, "0|1|2|3|4|") << "the last one is the folder that is listed";
}

TEST_F(ProcessTest, BytesGoBothWays) {
    const auto process = shell("read -r line <&3; echo \"$line back\" >&3");
    boost::asio::write(process->socket(), boost::asio::buffer(std::string("there\n")));
    run_until_exit();
    std::array<char, 64> answer{};
    const std::size_t size = process->socket().read_some(boost::asio::buffer(answer));
    EXPECT_EQ(std::string(answer.data(), size), "there back\n");
}

TEST_F(ProcessTest, WhoDropsItLeavesNoProcess) {
    auto process = shell("exec sleep 60");
    const pid_t pid = process->pid();
    process.reset();
    for (int i = 0; i < 1000 && ::kill(pid, 0) == 0; ++i) context.run_one_for(20ms);
    EXPECT_NE(::kill(pid, 0), 0);
    EXPECT_EQ(exited, "");
}

TEST_F(ProcessTest, AProgramThatIsNotThereIsAnError) {
    const std::array<std::string, 1> arguments{"nothing"};
    const auto process = Process::spawn(context, "/nonexistent/nothing", arguments, {});
    ASSERT_FALSE(process.has_value());
    EXPECT_EQ(process.error().kind, base::ErrorKind::io);
}

}  // namespace
}  // namespace weir::net
