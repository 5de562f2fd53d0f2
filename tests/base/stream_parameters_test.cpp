#include "base/stream_parameters.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(StreamParameters, AreFoundAmongOthersInAnyOrder) {
    struct Row {
        const char* query;
        const char* token;
        bool is_backup;
    };
    for (const Row& row : {
             Row{"", "", false},
             Row{"token=KEY", "KEY", false},
             Row{"backup=1", "", true},
             Row{"a=b&backup=1&c&token=KEY", "KEY", true},
             Row{"token=a%2Cb%3d%zz", "a,b=%zz", false},
             Row{"token=a=b", "a=b", false},
             Row{"token=&token=KEY&token=other", "KEY", false},
             Row{"backup", "", false},
             Row{"backup=", "", false},
             Row{"backup=0", "", false},
             Row{"backup=yes", "", false},
             Row{"backup=0&backup=1", "", false},
             Row{"xbackup=1&tokens=x&&", "", false},
         }) {
        StreamParameters parameters;
        parameters.take_query(row.query);
        EXPECT_EQ(parameters.token(), row.token) << row.query;
        EXPECT_EQ(parameters.is_backup(), row.is_backup) << row.query;
    }
}

TEST(StreamParameters, TheMoreSpecificPlaceCounts) {
    StreamParameters parameters;
    parameters.take_query("backup=0");
    parameters.take_query("backup=1&token=first");
    parameters.take("token", "second");
    EXPECT_FALSE(parameters.is_backup());
    EXPECT_EQ(parameters.token(), "first");
}

}  // namespace
}  // namespace weir::base
