// The configuration from each road, the precedence of each pair of roads, and every kind of error
// with its text.
#include "platform/config/read_configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "engine/base/check.h"
#include "platform/config/temporary_folder.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReadConfiguration : public testing::Test {
 protected:
  void SetUp() override {
    input_.environment = {"HOME=" + folder_};
    input_.system_file = path("system.toml");
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
    CHECK(chmod(path(name).c_str(), mode) == 0);
    return path(name);
  }

  void set_file(const std::string& text, mode_t mode = 0600) {
    input_.file = write("c.toml", text, mode);
  }
  void set(const std::string& variable) { input_.environment.push_back(variable); }

  // Error texts, with the temporary folder as "@".
  [[nodiscard]] std::vector<std::string> errors() const {
    std::vector<std::string> texts;
    for (const auto& error : read_configuration(input_).errors)
      texts.push_back(without_folder(error_text(error)));
    return texts;
  }
  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const auto& warning : read_configuration(input_).warnings)
      texts.push_back(without_folder(warning));
    return texts;
  }
  [[nodiscard]] std::string without_folder(std::string text) const {
    for (auto at = text.find(folder_); at != std::string::npos; at = text.find(folder_))
      text.replace(at, folder_.size(), "@");
    return text;
  }

  ConfigInput input_;
  TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path().string();
};

// The value and origin of a key, "8501 default" or "9000 flag --port".
std::string told(const ConfigInput& input, const std::string& name) {
  const auto reading = read_configuration(input);
  EXPECT_THAT(reading.errors, IsEmpty()) << name << ": " << error_text(reading.errors[0]);
  for (std::size_t i = 0; i < input.keys.size(); ++i)
    if (input.keys[i].name == name) {
      const auto& [source, place] = reading.origins[i];
      return shown_value(input.keys[i].kind, input.keys[i].member.read(reading.values)) + " " +
             std::string(config_source_name(source)) + (place.empty() ? "" : " " + place);
    }
  return "no such key";
}

// What a test gives a key: different from the default, and one more.
struct Sample {
  const char* key;
  const char* standard;  // as shown
  const char* first;     // as a variable has it
  const char* second;
  const char* first_shown;
  const char* second_shown;
};
constexpr Sample samples[] = {
    {"server.address", "\"127.0.0.1\"", "::1", "h", "\"::1\"", "\"h\""},
    {"server.port", "8501", "9000", "0", "9000", "0"},
    {"server.threads", "1", "3", "256", "3", "256"},
    {"server.workers", "2", "8", "1024", "8", "1024"},
    {"server.drain_seconds", "10.0", "1.5", "3600", "1.5", "3600.0"},
    {"server.cors_origins", "[]", "https://a.example", "*", "[\"https://a.example\"]", "[\"*\"]"},
    {"metrics.address", "\"\"", "::1", "h", "\"::1\"", "\"h\""},
    {"metrics.port", "8090", "9001", "65535", "9001", "65535"},
    {"database.url", "", "/a.sqlite", "postgresql://u@h/d", "\"/a.sqlite\"",
     "\"postgresql://u@h/d\""},
    {"cache.memory_bytes", "67108864", "0", "1MiB", "0", "1048576"},
    {"redis.url", "\"\"", "redis://h", "redis://h:1/2", "\"redis://h\"", "\"redis://h:1/2\""},
    {"log.level", "\"info\"", "warn", "debug", "\"warn\"", "\"debug\""},
    {"log.slow_request_seconds", "5.0", "0.25", "86400", "0.25", "86400.0"},
    {"health.self_check_seconds", "60.0", "1", "600", "1.0", "600.0"},
    {"auth.access", "\"auto\"", "on", "off", "\"on\"", "\"off\""},
    {"work.in_server", "true", "false", "true", "false", "true"},
    {"work.lease_seconds", "30", "20", "10", "20", "10"},
    {"work.metrics_port", "0", "8091", "8092", "8091", "8092"},
    {"auth.allow_open", "false", "true", "false", "true", "false"},
    {"auth.jwt_secret_key", "\"\"", "0123456789abcdef0123456789abcdef",
     "fedcba9876543210fedcba9876543210", "\"[masked]\"", "\"[masked]\""},
    {"auth.trusted_proxies", "[]", "10.0.0.0/8", "::1", "[\"10.0.0.0/8\"]", "[\"::1\"]"},
    {"auth.password_words", "[]", "Bletchley", "Hut 6", "[\"Bletchley\"]", "[\"Hut 6\"]"},
    {"auth.requests_per_second", "50.0", "0.5", "100", "0.5", "100.0"},
    {"auth.requests_at_once", "200", "1", "1000", "1", "1000"},
    {"auth.second_factor", "\"optional\"", "required", "optional", "\"required\"", "\"optional\""},
    {"auth.second_factor_key", "\"\"", "0123456789abcdef0123456789abcdef",
     "fedcba9876543210fedcba9876543210", "\"[masked]\"", "\"[masked]\""},
    {"auth.first_password_seconds", "604800.0", "60", "3600.5", "60.0", "3600.5"},
    {"models.allowed", "[]", "openai/*", "ollama/x", "[\"openai/*\"]", "[\"ollama/x\"]"},
    {"models.most_calls", "1000", "5", "7", "5", "7"},
    {"models.most_cost", "1", "0", "20", "0", "20"},
    {"models.prices", "\"\"", "/p.json", "/q.json", "\"/p.json\"", "\"/q.json\""},
    {"limits.body_bytes", "33554432", "4096", "1GiB", "4096", "1073741824"},
    {"limits.connections", "10000", "1000", "20000", "1000", "20000"},
    {"limits.event_streams", "512", "1", "900", "1", "900"},
    {"limits.event_streams_per_user", "32", "1", "900", "1", "900"},
    {"limits.request_seconds", "50.0", "0", "0.25", "0.0", "0.25"},
};

const ConfigKey& key_of(const std::string& name) {
  for (const auto& key : all_config_keys())
    if (key.name == name) return key;
  CHECK(false);
}

std::string in_toml(const ConfigKey& key, const std::string& text) {
  const auto dot = key.name.find('.');
  const bool bare = std::holds_alternative<IntegerKind>(key.kind) ||
                    std::holds_alternative<SecondsKind>(key.kind) ||
                    std::holds_alternative<BooleanKind>(key.kind);
  const auto quoted = std::holds_alternative<ListKind>(key.kind) ? "[" + toml_quoted(text) + "]"
                                                                 : toml_quoted(text);
  return "[" + key.name.substr(0, dot) + "]\n" + key.name.substr(dot + 1) + " = " +
         (bare ? text : quoted) + "\n";
}

TEST_F(ReadConfiguration, EveryKeyIsReadByEachOfItsRoads) {
  std::set<std::string> tested;
  for (const auto& sample : samples) {
    tested.insert(sample.key);
    const auto& key = key_of(sample.key);
    ConfigInput fresh = input_;
    const auto standard = key.name == "database.url"
                              ? toml_quoted(path(".local/state/causal-gym/runs.sqlite"))
                              : sample.standard;
    EXPECT_EQ(told(fresh, key.name), standard + std::string(" default"));
    const auto column = std::to_string(key.name.size() - key.name.find('.') + 3);
    fresh.file = write("c.toml", in_toml(key, sample.first));
    EXPECT_EQ(told(fresh, key.name), std::string(sample.first_shown) + " file " + fresh.file +
                                         ", line 2, column " + column);
    for (const auto& variable : key.variables) {
      fresh = input_;
      fresh.environment.push_back(variable + "=" + sample.first);
      EXPECT_EQ(told(fresh, key.name),
                std::string(sample.first_shown) + " environment " + variable);
    }
    if (key.flag.empty()) continue;
    fresh = input_;
    fresh.flags = {{key.flag, sample.first}};
    EXPECT_EQ(told(fresh, key.name), std::string(sample.first_shown) + " flag " + key.flag);
  }
  EXPECT_EQ(tested.size(), all_config_keys().size()) << "a key has no sample";
}

TEST_F(ReadConfiguration, OfTwoRoadsTheOneThatCountsIsFlagThenEnvironmentThenFile) {
  for (const auto& sample : samples) {
    const auto& key = key_of(sample.key);
    for (const auto& variable : key.variables) {
      ConfigInput both = input_;
      both.file = write("c.toml", in_toml(key, sample.first));
      both.environment.push_back(variable + "=" + sample.second);
      EXPECT_EQ(told(both, key.name),
                std::string(sample.second_shown) + " environment " + variable);
      if (key.flag.empty()) continue;
      both.flags = {{key.flag, sample.first}};
      EXPECT_EQ(told(both, key.name), std::string(sample.first_shown) + " flag " + key.flag);
      both.file.clear();
      EXPECT_EQ(told(both, key.name), std::string(sample.first_shown) + " flag " + key.flag);
    }
    if (key.flag.empty()) continue;
    ConfigInput both = input_;
    both.file = write("c.toml", in_toml(key, sample.first));
    both.flags = {{key.flag, sample.second}};
    EXPECT_EQ(told(both, key.name), std::string(sample.second_shown) + " flag " + key.flag);
  }
}

TEST_F(ReadConfiguration, TheTableNamesNothingTwiceAndExplainsAll) {
  std::set<std::string> names;
  for (const auto& key : all_config_keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_THAT(key.name, testing::MatchesRegex("[a-z_]+\\.[a-z_]+"));
    EXPECT_FALSE(key.meaning.empty()) << key.name;
    ASSERT_FALSE(key.variables.empty()) << key.name;
    EXPECT_THAT(key.variables[0], testing::StartsWith("CAUSAL_GYM_"));
    for (const auto& variable : key.variables) EXPECT_TRUE(names.insert(variable).second);
    if (!key.flag.empty()) {
      EXPECT_TRUE(names.insert(key.flag).second) << key.flag;
    }
  }
  for (const auto& rule : all_config_rules())
    for (const auto& name : rule.keys) EXPECT_TRUE(names.contains(name)) << name;
}

TEST_F(ReadConfiguration, TheDefaultsAreAllowed) {
  for (const auto& key : all_config_keys()) {
    const auto value = key.member.read(read_configuration(input_).values);
    const auto* text = std::get_if<std::string>(&value);
    const auto shown = text != nullptr ? *text : shown_value(key.kind, value);
    EXPECT_TRUE(value_from_text(key.kind, shown)) << key.name;
  }
}

// The database's place --------------------------------------------------------------------------

TEST_F(ReadConfiguration, TheStateFolderIsWhereXdgSays) {
  set("XDG_STATE_HOME=/var/state");
  EXPECT_EQ(read_configuration(input_).values.database.url, "/var/state/causal-gym/runs.sqlite");
  input_.environment = {"HOME=/home/a", "XDG_STATE_HOME=state"};  // XDG: a relative one is ignored
  EXPECT_EQ(read_configuration(input_).values.database.url,
            "/home/a/.local/state/causal-gym/runs.sqlite");
}

TEST_F(ReadConfiguration, WithoutHomeTheDatabaseMustBeNamed) {
  input_.environment.clear();
  EXPECT_THAT(errors(),
              ElementsAre("invalid_argument: there is no place for the database: HOME is not set "
                          "(CAUSAL_GYM_DB); set CAUSAL_GYM_DB to a file"));
  set("DATABASE_URL=postgresql://h/d");
  EXPECT_THAT(errors(), IsEmpty());
}

// Which file ------------------------------------------------------------------------------------

TEST_F(ReadConfiguration, OneFileIsReadAndTheNamedOneFirst) {
  EXPECT_EQ(read_configuration(input_).file, "");
  const auto system = write("system.toml", "");
  EXPECT_EQ(read_configuration(input_).file, system);
  const auto home = write(".config/causal-gym/config.toml", "");
  EXPECT_EQ(read_configuration(input_).file, home);
  const auto xdg = write("xdg/causal-gym/config.toml", "");
  set("XDG_CONFIG_HOME=" + path("xdg"));
  EXPECT_EQ(read_configuration(input_).file, xdg);
  const auto named = write("named.toml", "");
  set("CAUSAL_GYM_CONFIG=" + named);
  EXPECT_EQ(read_configuration(input_).file, named);
  set_file("");
  EXPECT_EQ(read_configuration(input_).file, path("c.toml"));
}

TEST_F(ReadConfiguration, ANamedFileMustBeThere) {
  input_.file = path("none");
  EXPECT_THAT(errors(), ElementsAre("not_found: '@/none' cannot be read: No such file or directory "
                                    "(--config)"));
  input_.file = folder_;
  EXPECT_THAT(errors(), ElementsAre("unavailable: '@' cannot be read: Is a directory (--config)"));
  input_.file.clear();
  set("CAUSAL_GYM_CONFIG=" + path("none"));
  EXPECT_THAT(errors(), ElementsAre("not_found: '@/none' cannot be read: No such file or directory "
                                    "(CAUSAL_GYM_CONFIG)"));
  input_.environment.back() = "CAUSAL_GYM_CONFIG=";
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: no file is named (CAUSAL_GYM_CONFIG); unset "
                                    "CAUSAL_GYM_CONFIG, or set it to a file"));
}

TEST_F(ReadConfiguration, AFileOfOneMebibyteIsTheLargest) {
  set_file(std::string(1 << 20, '\n'));
  EXPECT_THAT(errors(), IsEmpty());
  set_file(std::string((1 << 20) + 1, '\n'));
  EXPECT_THAT(errors(), ElementsAre("limit_exceeded: '@/c.toml' holds more than 1048576 bytes "
                                    "(--config)"));
}

// Errors ----------------------------------------------------------------------------------------

TEST_F(ReadConfiguration, WhatIsNotTomlIsRefusedWithItsPlace) {
  set_file("[server]\nport 1\n");
  EXPECT_THAT(errors(),
              ElementsAre("parse_error: not TOML: Error while parsing key-value pair: expected "
                          "'=', saw '1' (@/c.toml, line 2, column 6)"));
}

TEST_F(ReadConfiguration, UnknownKeysAreRefusedWithTheNearestSpelling) {
  set_file("port = 1\nserver.prot = 1\n[redsi]\na = 1\nb = 2\n[log]\nport = 1\nzzz = 2\n[empty]\n");
  EXPECT_THAT(
      errors(),
      ElementsAre(
          "unknown_name: no key 'port' (@/c.toml, line 1, column 1); did you mean 'server.port'?",
          "unknown_name: no key 'server.prot' (@/c.toml, line 2, column 8); did you mean "
          "'server.port'?",
          "unknown_name: no table 'redsi' (@/c.toml, line 4, column 1); did you mean 'redis'?",
          "unknown_name: no key 'log.port' (@/c.toml, line 7, column 1); did you mean "
          "'server.port'?",
          "unknown_name: no key 'log.zzz' (@/c.toml, line 8, column 1)",
          "unknown_name: no table 'empty' (@/c.toml, line 9, column 2)"));
}

TEST_F(ReadConfiguration, ATableMayBeEmptyAndIsNoValue) {
  set_file("[server]\n");
  EXPECT_THAT(errors(), IsEmpty());
  set_file("server = 1\n[log.level]\nx = 1\n");
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: server is a table, not a value (@/c.toml, "
                                    "line 1, column 1); write [server], and its keys below",
                                    "unknown_name: no key 'log.level.x' (@/c.toml, line 3, column "
                                    "1); did you mean 'log.level'?"));
}

TEST_F(ReadConfiguration, WrongValuesAreRefusedWithPlaceKeyAndWhatIsAllowed) {
  set_file("[server]\nport = 65536\nthreads = \"2\"\n");
  set("CAUSAL_GYM_WORKERS=0");
  set("LOG_LEVEL=inof");
  set("CAUSAL_GYM_ADDRESS=");
  input_.flags = {{"--metrics-port", "x"}};
  EXPECT_THAT(
      errors(),
      ElementsAre("invalid_argument: server.port is 65536, not an integer from 0 to 65535 "
                  "(@/c.toml, line 2, column 8)",
                  "invalid_argument: server.threads is the text '2', not an integer from 1 to 256 "
                  "(@/c.toml, line 3, column 11)",
                  "invalid_argument: server.address is '', not a text of 1 to 255 bytes on one "
                  "line (CAUSAL_GYM_ADDRESS)",
                  "invalid_argument: server.workers is '0', not an integer from 1 to 1024 "
                  "(CAUSAL_GYM_WORKERS)",
                  "invalid_argument: log.level is 'inof', not one of debug, info, warn, error "
                  "(LOG_LEVEL); did you mean 'info'?",
                  "invalid_argument: metrics.port is 'x', not an integer from 0 to 65535 "
                  "(--metrics-port)"));
}

TEST_F(ReadConfiguration, EveryLimitHoldsAtItsEdge) {
  const struct {
    const char *variable, *low, *high, *below, *above;
  } edges[] = {{"CAUSAL_GYM_PORT", "0", "65535", "-1", "65536"},
               {"CAUSAL_GYM_METRICS_PORT", "0", "65535", "-1", "65536"},
               {"CAUSAL_GYM_THREADS", "1", "256", "0", "257"},
               {"CAUSAL_GYM_WORKERS", "1", "1024", "0", "1025"},
               {"CAUSAL_GYM_DRAIN_SECONDS", "0", "3600", "-0.001", "3600.001"},
               {"CAUSAL_GYM_SLOW_REQUEST_SECONDS", "0", "86400", "-0.001", "86400.001"},
               {"CAUSAL_GYM_BODY_BYTES", "1024", "1073741824", "1023", "1073741825"}};
  const auto count = [&](const std::string& entry) {
    ConfigInput one = input_;
    one.environment.push_back(entry);
    return read_configuration(one).errors.size();
  };
  for (const auto& [variable, low, high, below, above] : edges) {
    const auto name = std::string(variable) + "=";
    EXPECT_EQ(count(name + low), 0U) << name;
    EXPECT_EQ(count(name + high), 0U) << name;
    EXPECT_EQ(count(name + below), 1U) << name;
    EXPECT_EQ(count(name + above), 1U) << name;
  }
}

TEST_F(ReadConfiguration, UnknownVariablesOfOursAreRefusedAndOthersAreNot) {
  set("CAUSAL_GYM_PROT=hidden");
  set("CAUSAL_GYM_PORT_FILE=/x");
  set("CAUSAL_GYM_CASES=/x");
  set("LOG_LEVLE=x");
  EXPECT_THAT(errors(), ElementsAre("unknown_name: no key has the variable 'CAUSAL_GYM_PROT' "
                                    "(CAUSAL_GYM_PROT); did you mean 'CAUSAL_GYM_PORT'?",
                                    "unknown_name: no key has the variable 'CAUSAL_GYM_PORT_FILE' "
                                    "(CAUSAL_GYM_PORT_FILE); CAUSAL_GYM_PORT is no secret, and is "
                                    "read from no file of its own"));
}

TEST_F(ReadConfiguration, AnEmptyVariableOfOthersCountsAsNotSet) {
  set("DATABASE_URL=");
  set("LOG_LEVEL=");
  EXPECT_EQ(told(input_, "log.level"), "\"info\" default");
  EXPECT_EQ(told(input_, "database.url"),
            toml_quoted(path(".local/state/causal-gym/runs.sqlite")) + " default");
}

TEST_F(ReadConfiguration, TwoVariablesOfOneKeyMustAgree) {
  set("LOG_LEVEL=WARNING");
  set("CAUSAL_GYM_LOG_LEVEL=warn");
  EXPECT_EQ(told(input_, "log.level"), "\"warn\" environment CAUSAL_GYM_LOG_LEVEL");
  input_.environment.back() = "CAUSAL_GYM_LOG_LEVEL=info";
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: CAUSAL_GYM_LOG_LEVEL and LOG_LEVEL disagree "
                                    "about log.level (LOG_LEVEL); unset one of them"));
}

TEST_F(ReadConfiguration, PagesAndMetricsHavePortsOfTheirOwn) {
  set_file("[metrics]\nport = 9000\n");
  input_.flags = {{"--port", "9000"}};
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: server.port and metrics.port are both 9000 "
                                    "(server.port from --port; metrics.port from @/c.toml, line 2, "
                                    "column 8); change one of them"));
  input_.flags = {{"--port", "8090"}};
  set_file("");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("metrics.port from its default")));
  input_.flags = {{"--port", "0"}, {"--metrics-port", "0"}};
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(ReadConfiguration, StreamsAreFewerThanConnections) {
  set("CAUSAL_GYM_CONNECTIONS=512");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("limits.event_streams is 512, which "
                                              "limits.connections, 512, leaves no room for")));
  input_.environment.back() = "CAUSAL_GYM_CONNECTIONS=513";
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(ReadConfiguration, ARuleIsNotBrokenByAnErrorToldAlready) {
  set("CAUSAL_GYM_PORT=8090");
  set("CAUSAL_GYM_METRICS_PORT=x");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("metrics.port is 'x'")));
}

TEST_F(ReadConfiguration, ErrorsAreToldUpToABound) {
  for (std::size_t i = 0; i < most_config_errors; ++i)
    set("CAUSAL_GYM_X" + std::to_string(i) + "=");
  EXPECT_EQ(read_configuration(input_).errors_left_out, 0U);
  set("CAUSAL_GYM_PORT=x");
  const auto reading = read_configuration(input_);
  EXPECT_EQ(reading.errors.size(), most_config_errors);
  EXPECT_EQ(reading.errors_left_out, 1U);
  const auto all = configuration_or_error(reading);
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error().message, testing::StartsWith("the configuration is wrong in several "
                                                       "places\n  unknown_name: no key has the "
                                                       "variable 'CAUSAL_GYM_X0'"));
  EXPECT_THAT(all.error().message, testing::EndsWith("\n  and 1 more"));
}

TEST_F(ReadConfiguration, OneErrorIsToldAsItIs) {
  set("CAUSAL_GYM_PORT=x");
  const auto only = configuration_or_error(read_configuration(input_));
  ASSERT_FALSE(only);
  EXPECT_EQ(only.error().where, "CAUSAL_GYM_PORT");
  input_.environment.pop_back();
  EXPECT_EQ(configuration_or_error(read_configuration(input_)), read_configuration(input_).values);
}

// Secrets ---------------------------------------------------------------------------------------

TEST_F(ReadConfiguration, ASecretMayStandInAFileWhoseLastNewlineGoes) {
  for (const char* ending : {"", "\n", "\r\n"}) {
    const auto file = write("url", std::string("postgresql://u:p@h/d") + ending);
    for (const auto* variable : {"CAUSAL_GYM_DB_FILE", "DATABASE_URL_FILE"}) {
      ConfigInput one = input_;
      one.environment.push_back(std::string(variable) + "=" + file);
      EXPECT_EQ(read_configuration(one).values.database.url, "postgresql://u:p@h/d");
      EXPECT_EQ(told(one, "database.url"), "\"postgresql://u:[masked]@h/d\" environment " +
                                               std::string(variable) + " (" + file + ")");
    }
    set_file("[database]\nurl_file = " + toml_quoted(file) + "\n");
    EXPECT_EQ(told(input_, "database.url"), "\"postgresql://u:[masked]@h/d\" file " + input_.file +
                                                ", line 2, column 12 (" + file + ")");
    input_.file.clear();
  }
  write("url", "postgresql://h/d\n\n");
  set("DATABASE_URL_FILE=" + path("url"));
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("database.url is 'postgresql://h/d\n', not a")));
}

TEST_F(ReadConfiguration, ASecretBothWaysIsRefused) {
  write("url", "postgresql://h/d");
  set_file("[database]\nurl = 'a'\nurl_file = 'b'\n");
  EXPECT_THAT(errors(),
              ElementsAre("invalid_argument: database.url and database.url_file are both given "
                          "(@/c.toml, line 3, column 1); leave one out"));
  input_.file.clear();
  set("DATABASE_URL=postgresql://h/d");
  set("DATABASE_URL_FILE=" + path("url"));
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: DATABASE_URL and DATABASE_URL_FILE are both "
                                    "set (DATABASE_URL_FILE); unset one of them"));
  input_.environment.back() = "CAUSAL_GYM_DB_FILE=" + path("url");
  EXPECT_THAT(errors(), IsEmpty());  // two names that agree
}

TEST_F(ReadConfiguration, AFileThatHoldsNoSecretIsRefused) {
  const auto told_of = [&](const std::string& file) {
    ConfigInput one = input_;
    one.environment.push_back("DATABASE_URL_FILE=" + file);
    const auto reading = read_configuration(one);
    return reading.errors.empty() ? "right" : without_folder(error_text(reading.errors[0]));
  };
  EXPECT_EQ(told_of(path("none")),
            "not_found: database.url has no value: '@/none' cannot be read: No such file or "
            "directory (DATABASE_URL_FILE)");
  EXPECT_EQ(told_of(write("url", "\n")),
            "invalid_argument: database.url has no value: '@/url' is empty (DATABASE_URL_FILE)");
  EXPECT_EQ(told_of(write("url", std::string((64 << 10) + 1, 'x'))),
            "limit_exceeded: database.url has no value: '@/url' holds more than 65536 bytes "
            "(DATABASE_URL_FILE)");
  EXPECT_EQ(told_of(write("url", "mysql://u:hidden@h")),
            "invalid_argument: database.url is 'mysql://u:[masked]@h', not a SQLite path or a "
            "postgresql:// URL of at most 4096 bytes on one line (DATABASE_URL_FILE (@/url))");
  set_file("[database]\nurl_file = 3\n");
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: database.url has no value: no file is named "
                                    "(@/c.toml, line 2, column 12)"));
}

TEST_F(ReadConfiguration, ARedisBeyondThisMachineIsAWarning) {
  for (const char* near : {"localhost", "127.0.0.1:6379/1", "[::1]:7", "u:p@127.0.0.2"}) {
    input_.environment = {"HOME=" + folder_, std::string("REDIS_URL=redis://") + near};
    EXPECT_THAT(warnings(), IsEmpty()) << near;
  }
  for (const char* far : {"cache.example", "u:p%40@10.0.0.7:6379/1", "[2001:db8::1]:6379"}) {
    input_.environment = {"HOME=" + folder_, std::string("REDIS_URL=redis://") + far};
    EXPECT_THAT(warnings(), ElementsAre(HasSubstr("is not encrypted"))) << far;
    EXPECT_THAT(warnings(), testing::Not(ElementsAre(HasSubstr("p%40")))) << far;
  }
}

TEST_F(ReadConfiguration, ASecretThatOthersMayReadIsAWarning) {
  set("DATABASE_URL_FILE=" + write("url", "postgresql://h/d", 0604));
  EXPECT_THAT(warnings(), ElementsAre("'@/url', which holds database.url, may be read by others; "
                                      "chmod o-r it"));
  write("url", "postgresql://h/d", 0640);
  EXPECT_THAT(warnings(), IsEmpty());
  input_.environment.pop_back();
  set_file("[database]\nurl = 'postgresql://u:p@h/d'\n", 0604);
  EXPECT_THAT(warnings(), ElementsAre("'@/c.toml', which holds database.url, may be read by "
                                      "others; chmod o-r it"));
  set_file("[database]\nurl = '/a.sqlite'\n", 0604);
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(ReadConfiguration, AWholeSecretIsReadFromEveryRoadAndNeverTold) {
  std::string kept;
  const std::vector<ConfigKey> keys = {
      {"auth.key",
       SecretKind{4, 8},
       {[&](Configuration&, Value value) { kept = std::get<std::string>(value); },
        [&](const Configuration&) { return Value(kept); }},
       {"CAUSAL_GYM_KEY", "JWT_KEY"},
       "",
       "a key"}};
  input_.keys = keys;
  input_.rules = {};
  set("JWT_KEY=hushed");
  EXPECT_EQ(told(input_, "auth.key"), "\"[masked]\" environment JWT_KEY");
  EXPECT_EQ(kept, "hushed");
  input_.environment.back() = "JWT_KEY=hus";
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: auth.key is [masked], not a secret of 4 to "
                                    "8 bytes (JWT_KEY)"));
  input_.environment.back() = "JWT_KEY_FILE=" + write("key", "hushhush\n");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(kept, "hushhush");
  input_.environment.pop_back();
  set_file("auth.key = 123456\n");
  EXPECT_THAT(errors(), ElementsAre("invalid_argument: auth.key is [masked], not a secret of 4 to "
                                    "8 bytes (@/c.toml, line 1, column 12)"));
}

}  // namespace
}  // namespace causal_gym
