// users add, list, role, disable, enable, password, reset-second-factor: who may sign in at the
// server.
//
// Works on the database itself, as the operator who may write to it: so the first admin is made.
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/experiment_driver.h"
#include "apps/cli/line_input.h"
#include "platform/auth/accounts.h"
#include "platform/auth/secret_text.h"
#include "platform/store/sql_account_store.h"

namespace causal_gym {

namespace {

struct UsersArguments {
  std::string database;
  std::string name;
  std::string role = "viewer";
  bool as_json = false;
};

constexpr const char* actor = "command line";
const Origin origin = {"local", "command-line"};

// A terminal that does not show what is typed, until it goes.
class Unseen {
 public:
  Unseen() {
    shown_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!shown_) return;
    auto unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
  }
  ~Unseen() {
    if (shown_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  bool shown_ = false;
  termios before_{};
};

Result<std::string> read_line(LineInput& input) {
  CAUSAL_GYM_TRY(line, input.next());
  if (!line) return fail(ErrorCode::invalid_argument, "there is no password on standard input");
  return *line;
}

// The first line of standard input; at a terminal, asked for twice.
Result<std::string> read_password(CommandContext& context) {
  CAUSAL_GYM_TRY(input, LineInput::open("-", longest_password_bytes, context.shell.cancellation));
  if (isatty(STDIN_FILENO) == 0) return read_line(input);
  const Unseen unseen;
  context.shell.err << "Password: " << std::flush;
  CAUSAL_GYM_TRY(password, read_line(input));
  context.shell.err << "\nThe same again: " << std::flush;
  CAUSAL_GYM_TRY(again, read_line(input));
  context.shell.err << '\n';
  if (again != password) return fail(ErrorCode::invalid_argument, "the two are not the same");
  return password;
}

// The keys for second factors, as the server would have them; a bad one is the server's to refuse.
SecondFactorPolicy factor_keys(Configuration::Auth auth) {
  auth.second_factor = "optional";
  return second_factor_policy(auth).value_or(SecondFactorPolicy());
}

std::string factor_text(FactorState state) {
  switch (state) {
    case FactorState::none: break;
    case FactorState::ready: return ", second factor";
    case FactorState::no_key: return ", second factor (no auth.second_factor_key here)";
    case FactorState::another_key:
      return ", second factor (no key of auth.second_factor_key opens it)";
  }
  return "";
}

// The accounts of a database, without a server: nobody signs in here.
class OperatorAccounts {
 public:
  static Result<std::unique_ptr<OperatorAccounts>> open(const std::string& given) {
    CAUSAL_GYM_TRY(config, configuration_or_error(read_configuration({process_environment()})));
    const auto path = given.empty() ? config.database.url : given;
    CAUSAL_GYM_TRY(runs, open_configured_store(path, StoreAccess::write));  // makes the tables
    runs.reset();
    CAUSAL_GYM_TRY(store, open_account_store(path));
    CAUSAL_GYM_TRY(keys, KeyRing::read(random_text()));
    return std::make_unique<OperatorAccounts>(std::move(store), std::move(keys), config.auth);
  }
  OperatorAccounts(std::unique_ptr<AccountStore> store, KeyRing keys,
                   const Configuration::Auth& auth)
      : store_(std::move(store)),
        tokens_(std::move(keys), {}, clock_),
        accounts_(*store_, hasher_, *rates_, tokens_, clock_, {}, session_policy(auth),
                  auth.password_words, factor_keys(auth)) {}
  Accounts& accounts() { return accounts_; }

 private:
  SystemClock clock_;
  std::unique_ptr<AccountStore> store_;
  std::unique_ptr<RateState> rates_ = make_memory_rate_state(clock_, 1);
  PasswordHasher hasher_;
  AccessTokens tokens_;
  Accounts accounts_;
};

std::string time_text(std::int64_t seconds) {
  return timestamp_text(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

void tell_of_first_password(CommandContext& context, const User& user) {
  if (user.password_must_change && user.password_expires_at)
    context.shell.err << "the password is to be changed at the first sign-in, before "
                      << time_text(*user.password_expires_at) << '\n';
}

Status add(CommandContext& context, const UsersArguments& arguments) {
  CAUSAL_GYM_CHECKED(check_user_name(arguments.name));
  CAUSAL_GYM_TRY(role, find_role(arguments.role));
  CAUSAL_GYM_TRY(password, read_password(context));
  CAUSAL_GYM_TRY(opened, OperatorAccounts::open(arguments.database));
  CAUSAL_GYM_TRY(user, opened->accounts().add_user(actor, arguments.name, role, password, origin));
  context.shell.err << "added " << user.name << ", " << role_name(user.role) << '\n';
  tell_of_first_password(context, user);
  return {};
}

Status list(CommandContext& context, const UsersArguments& arguments) {
  CAUSAL_GYM_TRY(opened, OperatorAccounts::open(arguments.database));
  CAUSAL_GYM_TRY(users, opened->accounts().store().list_users());
  CAUSAL_GYM_TRY(factors, opened->accounts().store().list_second_factors());
  std::map<std::string, FactorState> states;  // by user
  for (const auto& factor : factors)
    states[factor.user] = opened->accounts().second_factors().state_of(factor);
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& user : users) {
    const auto created = time_text(user.created_at);
    const auto& expires_at = user.password_expires_at;
    const auto factor = states[user.id];  // none where there is none
    if (arguments.as_json)
      rows.push_back({{"name", user.name},
                      {"role", role_name(user.role)},
                      {"disabled", user.disabled},
                      {"password_must_change", user.password_must_change},
                      {"password_expires_at",
                       expires_at ? nlohmann::json(time_text(*expires_at)) : nlohmann::json()},
                      {"second_factor", factor_state_name(factor)},
                      {"created_at", created}});
    else
      context.shell.out << fmt::format(
          "{:<24} {:<10} {:<8} {}{}{}\n", user.name, role_name(user.role),
          user.disabled ? "disabled" : "", created,
          expires_at ? ", first password until " + time_text(*expires_at) : "",
          factor_text(factor));
  }
  if (arguments.as_json)
    context.shell.out << nlohmann::json{{"users", std::move(rows)}}.dump(2) << '\n';
  return {};
}

Status change(CommandContext& context, const UsersArguments& arguments,
              const Accounts::UserChange& change) {
  CAUSAL_GYM_TRY(opened, OperatorAccounts::open(arguments.database));
  CAUSAL_GYM_TRY(user, opened->accounts().change_user(actor, arguments.name, change, origin));
  context.shell.err << user.name << ": " << role_name(user.role)
                    << (user.disabled ? ", disabled" : "") << '\n';
  if (change.password) tell_of_first_password(context, user);
  return {};
}

using Action = std::function<Status(CommandContext&, const UsersArguments&)>;

CLI::App* add_action(CLI::App& users, CommandContext& context,
                     const std::shared_ptr<UsersArguments>& arguments, const char* name,
                     const char* meaning, const Action& action) {
  auto* command = users.add_subcommand(name, meaning);
  command->add_option("--database", arguments->database, "as `serve --database`");
  if (std::string_view(name) != "list")
    command->add_option("name", arguments->name, "of the user")->required();
  command->callback([&context, arguments, action] {
    const auto status = action(context, *arguments);
    if (!status) context.code = report(context.shell, status.error());
  });
  return command;
}

Status set_disabled(CommandContext& context, const UsersArguments& arguments, bool disabled) {
  Accounts::UserChange wanted;
  wanted.disabled = disabled;
  return change(context, arguments, wanted);
}

Status set_password(CommandContext& context, const UsersArguments& arguments) {
  Accounts::UserChange wanted;
  CAUSAL_GYM_TRY(password, read_password(context));
  wanted.password = std::move(password);
  return change(context, arguments, wanted);
}

Status reset_second_factor(CommandContext& context, const UsersArguments& arguments) {
  CAUSAL_GYM_TRY(opened, OperatorAccounts::open(arguments.database));
  CAUSAL_GYM_CHECKED(opened->accounts().reset_second_factor(actor, arguments.name, origin));
  context.shell.err << arguments.name
                    << ": all sessions have ended; signs in with the password alone\n";
  return {};
}

Status set_role(CommandContext& context, const UsersArguments& arguments) {
  Accounts::UserChange wanted;
  CAUSAL_GYM_TRY(role, find_role(arguments.role));
  wanted.role = role;
  return change(context, arguments, wanted);
}

}  // namespace

void add_users_command(CLI::App& app, CommandContext& context) {
  const auto arguments = std::make_shared<UsersArguments>();
  auto* users = app.add_subcommand("users", "Who may sign in at the server");
  users->require_subcommand(1);
  add_action(*users, context, arguments, "add",
             "Add a user; the password is read, not given, and changed at the first sign-in", add)
      ->add_option("--role", arguments->role, "viewer, researcher or admin (default viewer)");
  add_action(*users, context, arguments, "list",
             "List the users: since when, until when a first password is good, second factors",
             list)
      ->add_flag("--json", arguments->as_json, "as JSON");
  add_action(*users, context, arguments, "role", "Set a user's role", set_role)
      ->add_option("role", arguments->role, "viewer, researcher or admin")
      ->required();
  add_action(*users, context, arguments, "disable", "End a user's sessions, and let in no more",
             [](CommandContext& c, const UsersArguments& a) { return set_disabled(c, a, true); });
  add_action(*users, context, arguments, "enable", "Let a disabled user in again",
             [](CommandContext& c, const UsersArguments& a) { return set_disabled(c, a, false); });
  add_action(*users, context, arguments, "password",
             "Set a first password, which ends all sessions", set_password);
  add_action(*users, context, arguments, "reset-second-factor",
             "Forget a user's device and recovery codes, and end all sessions",
             reset_second_factor);
  add_examples(*users, {"causal-gym users add ada --role admin        # asks for the password",
                        "causal-gym users password ada < file         # its first line",
                        "causal-gym users list --database runs.sqlite"});
}

}  // namespace causal_gym
