#include "platform/config/config_text.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "platform/config/bounded_file.h"

namespace causal_gym {

namespace {

constexpr std::string_view introduction = R"(# Configuration

<!-- Printed by `causal-gym config docs` from the table in platform/config/keys.cc; see
CONTRIBUTING.md. -->

`causal-gym serve` is configured by flags, environment variables and one file in TOML. Where
several give a key, the flag counts before the variable, the variable before the file, the file
before the default. The other commands read the same keys where they need them (`database.url`).

- `causal-gym config check [--config FILE]` tells all that is wrong, and ends with 0 when nothing
  is.
- `causal-gym config show [--json] [--with-sources]` prints what holds, as TOML or JSON, and where
  each value comes from.
- `causal-gym serve` refuses to start on any error, and logs which file, variables and flags it
  has read.

## The file

One file is read: the one that `--config` names, else the one that `CAUSAL_GYM_CONFIG` names, else
the first that there is of `$XDG_CONFIG_HOME/causal-gym/config.toml`
(`~/.config/causal-gym/config.toml` without `XDG_CONFIG_HOME`) and `{system_file}`. A file that is
named must be there. It may hold {file_bytes} bytes.

```toml
[server]
port = 8501

[log]
level = "warn"
```

A key or a table that is not listed below is refused. So is every variable whose name begins with
`CAUSAL_GYM_` and that is none of those below, of the tests' or of the tools'. In Kubernetes, a
service named `causal-gym` puts such variables into every pod of its namespace: set
`enableServiceLinks: false`.

## Variables

`CAUSAL_GYM_...` variables are ours: an empty one is an error. The other names are those that
operators know from other programs: an empty one counts as not set. Two names of one key must
agree. A list is separated by commas.

## Secrets

Keys marked *secret* may also stand in a file of their own: the variable's name with `_FILE` at
its end, or the key's with `_file`, names it. One newline at its end is removed. Giving the value
and its file is an error; so is a file that is missing, empty, or larger than {secret_bytes}
bytes. A file that everybody may read is a warning, as the secrets of container platforms are
mounted so. Values of secrets are never logged or printed; of a URL, the password is masked.
Secrets are never given as flags on shared machines: a process's arguments are public there.

Keys of language models have variables of their own, which `causal-gym config show` lists by name:
[language-models.md](../language-models.md).
)";

std::string section_of(std::string_view key) { return std::string(key.substr(0, key.find('.'))); }

std::string member_of(std::string_view key) { return std::string(key.substr(key.find('.') + 1)); }

// In a table's cell.
std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string variables_cell(const ConfigKey& key) {
  std::string cell;
  for (const auto& variable : key.variables) {
    cell += cell.empty() ? "" : ", ";
    cell += code(variable);
  }
  return cell;
}

std::string row_of(const ConfigKey& key) {
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", code(key.name),
                     key.meaning + (is_secret(key.kind) ? " (*secret*)" : ""),
                     allowed_text(key.kind),
                     key.default_text.empty() ? code(default_text(key)) : key.default_text,
                     variables_cell(key), key.flag.empty() ? "" : code(key.flag));
}

std::string source_comment(const ConfigOrigin& origin) {
  return "  # " + std::string(config_source_name(origin.source)) +
         (origin.place.empty() ? "" : ": " + origin.place);
}

}  // namespace

std::string configuration_toml(const ConfigReading& reading, bool with_sources) {
  std::string text, section;
  const auto keys = all_config_keys();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (section_of(keys[i].name) != section) {
      text += section.empty() ? "" : "\n";
      section = section_of(keys[i].name);
      text += "[" + section + "]\n";
    }
    const auto value = keys[i].member.read(reading.values);
    text += fmt::format("{} = {}{}\n", member_of(keys[i].name), shown_value(keys[i].kind, value),
                        with_sources ? source_comment(reading.origins[i]) : "");
  }
  return text;
}

std::string configuration_document() {
  auto text = fmt::format(introduction, fmt::arg("system_file", system_config_file),
                          fmt::arg("file_bytes", longest_config_file_bytes),
                          fmt::arg("secret_bytes", longest_secret_file_bytes));
  text += "\n## Keys\n";
  std::string section;
  for (const auto& key : all_config_keys()) {
    if (section_of(key.name) != section) {
      section = section_of(key.name);
      text += "\n### [" + section +
              "]\n\n| key | meaning | allowed | default | variables | flag of serve |\n"
              "|---|---|---|---|---|---|\n";
    }
    text += row_of(key);
  }
  text += "\n## Combinations that are refused\n\n";
  for (const auto& rule : all_config_rules()) text += "- " + rule.says + ".\n";
  return text;
}

}  // namespace causal_gym
