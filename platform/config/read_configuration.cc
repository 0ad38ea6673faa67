#include "platform/config/read_configuration.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <unistd.h>

#include "engine/base/spelling.h"
#include "platform/config/bounded_file.h"
#include "platform/config/toml_file.h"

namespace causal_gym {

namespace {

constexpr std::string_view file_suffix = "_FILE";      // of a variable
constexpr std::string_view file_key_suffix = "_file";  // of a key

bool is_ours(std::string_view variable) { return variable.starts_with(variable_prefix); }

std::string section_of(std::string_view key) { return std::string(key.substr(0, key.find('.'))); }

std::string last_part(std::string_view key) { return std::string(key.substr(key.rfind('.') + 1)); }

std::string did_you_mean(const std::string& name) { return "did you mean '" + name + "'?"; }

// A value that one source gives to a key.
struct Given {
  std::string place;
  Result<Value> value;
};

// "scheme://user:password@host:port/path" -> "host".
std::string host_of_url(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find_first_of(":/")));
}

class Reader {
 public:
  explicit Reader(const ConfigInput& input) : input_(input) {
    reading_.origins.resize(input.keys.size());
  }

  ConfigReading read() {
    read_file();
    read_environment();
    read_flags();
    place_database();
    check_rules();
    warn_of_plain_redis();
    return std::move(reading_);
  }

 private:
  void add_error(Error error) {
    if (reading_.errors.size() < most_config_errors)
      reading_.errors.push_back(std::move(error));
    else
      ++reading_.errors_left_out;
  }

  // An error of a key: what rules say of it would follow from the error.
  void add_error(const ConfigKey& key, Error error) {
    broken_.insert(key.name);
    add_error(std::move(error));
  }

  void set(const ConfigKey& key, ConfigSource source, Given given) {
    if (!given.value) {
      auto error = std::move(given.value).error();
      error.message = key.name + " " + error.message;
      error.where = std::move(given.place);
      add_error(key, std::move(error));
      return;
    }
    key.member.write(reading_.values, *std::move(given.value));
    const auto at = static_cast<std::size_t>(&key - input_.keys.data());
    reading_.origins[at] = {source, std::move(given.place)};
  }

  // What a secret's file holds; the place names both.
  Given from_secret_file(const ConfigKey& key, const std::string& place, const std::string& path) {
    auto file = path.empty() ? fail(ErrorCode::invalid_argument, "no file is named")
                             : read_secret_file(path);
    if (!file) {
      auto error = std::move(file).error();
      error.message = "has no value: " + error.message;
      return {place, fail(std::move(error))};
    }
    if (file->readable_by_others)
      reading_.warnings.push_back("'" + path + "', which holds " + key.name +
                                  ", may be read by others; chmod o-r it");
    return {place + " (" + path + ")", value_from_text(key.kind, file->text)};
  }

  // The file ------------------------------------------------------------------------------------

  // The path and whether it must be there; the path is empty when none is to be looked for.
  std::optional<std::pair<std::string, bool>> file_to_read() {
    if (!input_.file.empty()) return std::pair(input_.file, true);
    if (const auto named = variable_value(input_.environment, file_variable)) {
      if (!named->empty()) return std::pair(*named, true);
      add_error({ErrorCode::invalid_argument, "no file is named", std::string(file_variable),
                 "unset " + std::string(file_variable) + ", or set it to a file"});
      return std::nullopt;
    }
    std::string folder = variable_value(input_.environment, "XDG_CONFIG_HOME").value_or("");
    if (!folder.starts_with('/')) {
      const auto home = variable_value(input_.environment, "HOME").value_or("");
      folder = home.empty() ? "" : home + "/.config";
    }
    if (auto own = folder + "/causal-gym/config.toml";
        !folder.empty() && access(own.c_str(), F_OK) == 0)
      return std::pair(std::move(own), false);
    return std::pair(input_.system_file, false);
  }

  void read_file() {
    const auto wanted = file_to_read();
    if (!wanted) return;
    const auto& [path, must_be] = *wanted;
    auto file = read_bounded_file(path, longest_config_file_bytes);
    if (!file && file.error().code == ErrorCode::not_found && !must_be) return;
    if (!file) {
      auto error = std::move(file).error();
      error.where = !input_.file.empty() ? "--config" : must_be ? std::string(file_variable) : "";
      return add_error(std::move(error));
    }
    reading_.file = path;
    auto entries = read_toml(file->text);
    if (!entries) {
      auto error = std::move(entries).error();
      error.where = path + ", " + error.where;
      return add_error(std::move(error));
    }
    for (const auto& entry : *entries) read_entry(entry, file->readable_by_others);
  }

  std::string place_in_file(TextPlace place) const {
    return reading_.file + ", " + place_text(place);
  }

  void read_entry(const TomlEntry& entry, bool readable_by_others) {
    const auto* text = std::get_if<std::string>(&entry.value);
    for (const auto& key : input_.keys) {
      const bool names_file =
          is_secret(key.kind) && entry.name == key.name + std::string(file_key_suffix);
      if (!names_file && entry.name != key.name) continue;
      const auto place = place_in_file(entry.value_place);
      if (!given_in_file_.insert(key.name).second)
        return add_error(key, {ErrorCode::invalid_argument,
                               key.name + " and " + key.name + "_file are both given",
                               place_in_file(entry.key_place), "leave one out"});
      if (names_file && text == nullptr)
        return set(key, ConfigSource::file,
                   {place, fail(ErrorCode::invalid_argument, "has no value: no file is named")});
      if (names_file) return set(key, ConfigSource::file, from_secret_file(key, place, *text));
      if (readable_by_others && text != nullptr && hides(key, *text))
        reading_.warnings.push_back("'" + reading_.file + "', which holds " + key.name +
                                    ", may be read by others; chmod o-r it");
      return set(key, ConfigSource::file, {place, value_from_toml(key.kind, entry.value)});
    }
    refuse_entry(entry);
  }

  static bool hides(const ConfigKey& key, const std::string& text) {
    return std::holds_alternative<SecretKind>(key.kind) ||
           (is_secret(key.kind) && without_password(text) != text);
  }

  // A table that is none is told once, not key by key.
  void refuse_entry(const TomlEntry& entry) {
    const auto section = section_of(entry.name);
    std::vector<std::string> names, sections;
    for (const auto& key : input_.keys) {
      names.push_back(key.name);
      sections.push_back(section_of(key.name));
    }
    const auto place = place_in_file(entry.key_place);
    const bool is_known = std::find(sections.begin(), sections.end(), section) != sections.end();
    const bool is_table = section != entry.name || std::holds_alternative<OtherToml>(entry.value);
    if (is_known && section == entry.name) {
      const auto* other = std::get_if<OtherToml>(&entry.value);
      if (other != nullptr && other->what == "a table") return;  // it may be empty
      return add_error({ErrorCode::invalid_argument, section + " is a table, not a value", place,
                        "write [" + section + "], and its keys below"});
    }
    if (!is_known && is_table) {
      if (unknown_sections_.insert(section).second)
        add_error({ErrorCode::unknown_name, "no table '" + section + "'", place,
                   spelling_suggestion(section, sections)});
      return;
    }
    auto suggestion = spelling_suggestion(entry.name, names);
    for (const auto& name : names)
      if (suggestion.empty() && last_part(name) == last_part(entry.name))
        suggestion = did_you_mean(name);
    add_error({ErrorCode::unknown_name, "no key '" + entry.name + "'", place, suggestion});
  }

  // The environment -------------------------------------------------------------------------------

  void read_environment() {
    refuse_variables();
    for (const auto& key : input_.keys) {
      std::vector<Given> all;
      for (const auto& variable : key.variables)
        if (auto given = from_variable(key, variable)) all.push_back(*std::move(given));
      for (std::size_t i = 1; i < all.size(); ++i)
        if (all[0].value && all[i].value && *all[0].value != *all[i].value)
          add_error(key, {ErrorCode::invalid_argument,
                          all[0].place + " and " + all[i].place + " disagree about " + key.name,
                          all[i].place, "unset one of them"});
      for (auto given = all.rbegin(); given != all.rend(); ++given)
        set(key, ConfigSource::environment, std::move(*given));
    }
  }

  // An empty variable of ours is a mistake; of others', it counts as not set, as they have it.
  std::optional<std::string> set_variable(const std::string& variable) const {
    auto text = variable_value(input_.environment, variable);
    if (text && text->empty() && !is_ours(variable)) return std::nullopt;
    return text;
  }

  std::optional<Given> from_variable(const ConfigKey& key, const std::string& variable) {
    const auto text = set_variable(variable);
    const auto file_name = variable + std::string(file_suffix);
    const auto file = is_secret(key.kind) ? set_variable(file_name) : std::nullopt;
    if (text && file) {
      add_error(key, {ErrorCode::invalid_argument, variable + " and " + file_name + " are both set",
                      file_name, "unset one of them"});
      return std::nullopt;
    }
    if (file) return from_secret_file(key, file_name, *file);
    if (text) return Given{variable, value_from_text(key.kind, *text)};
    return std::nullopt;
  }

  // The variables of ours that are read.
  std::vector<std::string> own_variables() const {
    std::vector<std::string> names = {std::string(file_variable)};
    for (const auto& key : input_.keys)
      for (const auto& variable : key.variables) {
        if (!is_ours(variable)) continue;
        names.push_back(variable);
        if (is_secret(key.kind)) names.push_back(variable + std::string(file_suffix));
      }
    return names;
  }

  static bool holds(std::span<const std::string> names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  // The prefix, which all have, says nothing about how near two names are.
  static std::string variable_suggestion(const std::string& name,
                                         std::span<const std::string> known) {
    if (name.ends_with(file_suffix))
      if (const auto value = name.substr(0, name.size() - file_suffix.size()); holds(known, value))
        return value + " is no secret, and is read from no file of its own";
    std::vector<std::string> ends;
    for (const auto& one : known) ends.push_back(one.substr(variable_prefix.size()));
    const auto nearest = nearest_spelling(name.substr(variable_prefix.size()), ends);
    return nearest.empty() ? "" : did_you_mean(std::string(variable_prefix) + nearest);
  }

  void refuse_variables() {
    const auto known = own_variables();
    const auto tools = tool_variables();
    for (const auto& entry : input_.environment) {
      const auto name = entry.substr(0, entry.find('='));
      if (!is_ours(name) || holds(known, name) ||
          std::find(tools.begin(), tools.end(), name) != tools.end())
        continue;
      add_error({ErrorCode::unknown_name, "no key has the variable '" + name + "'", name,
                 variable_suggestion(name, known)});
    }
  }

  // Flags, and what follows from all
  // ----------------------------------------------------------------

  void read_flags() {
    for (const auto& [flag, text] : input_.flags)
      for (const auto& key : input_.keys)
        if (key.flag == flag) set(key, ConfigSource::flag, {flag, value_from_text(key.kind, text)});
  }

  // The state folder is known only here.
  void place_database() {
    auto& url = reading_.values.database.url;
    if (!url.empty() || broken_.contains("database.url")) return;
    const auto state = variable_value(input_.environment, "XDG_STATE_HOME").value_or("");
    const auto home = variable_value(input_.environment, "HOME").value_or("");
    if (state.starts_with('/'))  // the XDG specification: a relative one is to be ignored
      url = state + "/causal-gym/runs.sqlite";
    else if (!home.empty())
      url = home + "/.local/state/causal-gym/runs.sqlite";
    else
      add_error({ErrorCode::invalid_argument, "there is no place for the database: HOME is not set",
                 "CAUSAL_GYM_DB", "set CAUSAL_GYM_DB to a file"});
  }

  std::string origin_text(const std::string& name) const {
    for (std::size_t i = 0; i < input_.keys.size(); ++i)
      if (input_.keys[i].name == name)
        return name + " from " +
               (reading_.origins[i].place.empty() ? "its default" : reading_.origins[i].place);
    return name;
  }

  void check_rules() {
    for (const auto& rule : input_.rules) {
      const bool broken = std::any_of(rule.keys.begin(), rule.keys.end(),
                                      [&](const auto& name) { return broken_.contains(name); });
      const auto breach = broken ? std::nullopt : rule.breach(reading_.values);
      if (!breach) continue;
      std::string places;
      for (const auto& name : rule.keys) {
        if (!places.empty()) places += "; ";
        places += origin_text(name);
      }
      add_error({ErrorCode::invalid_argument, *breach, places, "change one of them"});
    }
  }

  // The client of Redis speaks no TLS: beyond this machine, others on the way could read along.
  void warn_of_plain_redis() {
    const auto& url = reading_.values.redis.url;
    if (url.empty() || broken_.contains("redis.url")) return;
    const auto host = host_of_url(url);
    if (host == "localhost" || host == "::1" || host.starts_with("127.")) return;
    reading_.warnings.push_back(origin_text("redis.url") + " names '" + host +
                                "', and what goes there is not encrypted; a tunnel does that: see "
                                "docs/operations/redis.md");
  }

  const ConfigInput& input_;
  ConfigReading reading_;
  std::set<std::string> broken_;         // names of keys with an error
  std::set<std::string> given_in_file_;  // names of keys
  std::set<std::string> unknown_sections_;
};

}  // namespace

std::string_view config_source_name(ConfigSource source) {
  constexpr std::string_view names[] = {"default", "file", "environment", "flag"};
  return names[static_cast<std::size_t>(source)];
}

ConfigReading read_configuration(const ConfigInput& input) { return Reader(input).read(); }

std::vector<std::string> process_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::optional<std::string> variable_value(std::span<const std::string> environment,
                                          std::string_view name) {
  for (const auto& entry : environment)
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  return std::nullopt;
}

Result<Configuration> configuration_or_error(ConfigReading reading) {
  if (reading.errors.empty()) return std::move(reading.values);
  if (reading.errors.size() == 1) return fail(std::move(reading.errors[0]));
  Error all{reading.errors[0].code, "the configuration is wrong in several places", "", ""};
  for (const auto& error : reading.errors) {
    all.message += "\n  ";
    all.message += error_text(error);
  }
  if (reading.errors_left_out > 0)
    all.message += "\n  and " + std::to_string(reading.errors_left_out) + " more";
  return fail(std::move(all));
}

}  // namespace causal_gym
