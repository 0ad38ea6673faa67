#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "platform/auth/account_store.h"

namespace causal_gym {

namespace {

template <class Value>
std::optional<Value> found(const std::map<std::string, Value>& values, const std::string& key) {
  const auto at = values.find(key);
  return at == values.end() ? std::nullopt : std::optional(at->second);
}

class MemoryAccountStore final : public AccountStore {
 public:
  Status add_user(const User& user, const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (named(user.name) != users_.end())
      return fail(ErrorCode::conflict, "there is a user '" + user.name + "'", "name");
    if (users_.size() >= users_limit)
      return fail(ErrorCode::limit_exceeded, "there are " + std::to_string(users_limit) + " users");
    users_.emplace(user.id, user);
    return append(event);
  }
  Result<std::optional<User>> find_user(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    return found(users_, id);
  }
  Result<std::optional<User>> find_user_named(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto user = named(name);
    return user == users_.end() ? std::nullopt : std::optional(user->second);
  }
  Result<std::vector<User>> list_users() override {
    const std::lock_guard lock(mutex_);
    std::vector<User> list;
    for (const auto& [id, user] : users_) list.push_back(user);
    std::sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.name < b.name; });
    return list;
  }
  Status change_user(const User& before, const User& user, const std::string& kept_session,
                     const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    const auto at = users_.find(user.id);
    if (at == users_.end()) return fail(ErrorCode::not_found, "no such user", "name");
    if (at->second != before) return fail(changed_meanwhile());
    auto changed = at->second;
    changed.role = user.role;
    changed.disabled = user.disabled;
    changed.password_hash = user.password_hash;
    changed.password_must_change = user.password_must_change;
    changed.password_expires_at = user.password_expires_at;
    const auto is_admin = [](const User& one) { return one.role == Role::admin && !one.disabled; };
    const auto admins = std::count_if(users_.begin(), users_.end(),
                                      [&](const auto& one) { return is_admin(one.second); });
    if (is_admin(at->second) && !is_admin(changed) && admins == 1)
      return fail(ErrorCode::conflict, "'" + changed.name + "' is the only admin", "name",
                  "make another user an admin first");
    if (changed.disabled || changed.password_hash != at->second.password_hash)
      end_sessions(user.id, kept_session, event.at);
    at->second = changed;
    return append(event);
  }

  Status add_session(const Session& session, const std::string& digest,
                     const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    sessions_.emplace(session.id, session);
    tokens_.emplace(digest, Token{session.id, false});
    return append(event);
  }
  Result<std::optional<FoundSession>> find_session(const std::string& digest) override {
    const std::lock_guard lock(mutex_);
    const auto token = found(tokens_, digest);
    if (!token) return std::optional<FoundSession>();
    return std::optional(FoundSession{sessions_.at(token->session), token->replaced});
  }
  Result<std::optional<Session>> find_session_by_id(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    return found(sessions_, id);
  }
  Result<std::vector<Session>> list_sessions(const std::string& user, std::int64_t at) override {
    const std::lock_guard lock(mutex_);
    std::vector<Session> list;
    for (const auto& [id, session] : sessions_)
      if (session.user == user && !session.ended_at && session.expires_at > at)
        list.push_back(session);
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return std::tie(b.used_at, a.id) < std::tie(a.used_at, b.id);
    });
    if (list.size() > listed_sessions_limit) list.resize(listed_sessions_limit);
    return list;
  }
  Result<bool> rotate_token(const std::string& digest, const std::string& next,
                            std::int64_t used_at, std::int64_t expires_at) override {
    const std::lock_guard lock(mutex_);
    const auto token = tokens_.find(digest);
    if (token == tokens_.end() || token->second.replaced) return false;
    auto& session = sessions_.at(token->second.session);
    if (session.ended_at) return false;
    token->second.replaced = true;
    tokens_.emplace(next, Token{session.id, false});
    session.used_at = used_at;
    session.expires_at = expires_at;
    return true;
  }
  Status touch_session(const std::string& id, std::int64_t used_at,
                       std::int64_t expires_at) override {
    const std::lock_guard lock(mutex_);
    if (const auto at = sessions_.find(id); at != sessions_.end()) {
      at->second.used_at = used_at;
      at->second.expires_at = expires_at;
    }
    return {};
  }
  Status end_session(const std::string& id, std::int64_t at, const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (const auto session = sessions_.find(id);
        session != sessions_.end() && !session->second.ended_at)
      session->second.ended_at = at;
    return append(event);
  }
  Status forget_sessions(std::int64_t expired_before) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_,
                  [&](const auto& one) { return one.second.expires_at < expired_before; });
    std::erase_if(tokens_,
                  [&](const auto& one) { return !sessions_.contains(one.second.session); });
    return {};
  }

  Status put_second_factor(const SecondFactor& factor, const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    auto& kept = factors_[factor.user];
    if (kept.confirmed) return fail(ErrorCode::conflict, "there is a second factor");
    kept = factor;
    return append(event);
  }
  Result<std::optional<SecondFactor>> find_second_factor(const std::string& user) override {
    const std::lock_guard lock(mutex_);
    auto factor = found(factors_, user);
    if (factor) factor->recovery_codes = static_cast<std::int64_t>(recovery_codes_[user].size());
    return factor;
  }
  Result<std::vector<SecondFactor>> list_second_factors() override {
    const std::lock_guard lock(mutex_);
    std::vector<SecondFactor> list;
    for (const auto& [user, factor] : factors_) {
      if (!factor.confirmed) continue;
      list.push_back(factor);
      list.back().recovery_codes = static_cast<std::int64_t>(recovery_codes_[user].size());
    }
    return list;
  }
  Result<bool> confirm_second_factor(const SecondFactor& factor, std::int64_t step,
                                     const std::vector<std::string>& digests,
                                     const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    const auto kept = factors_.find(factor.user);
    if (kept == factors_.end() || kept->second.confirmed || kept->second.secret != factor.secret)
      return false;
    kept->second.confirmed = true;
    kept->second.last_step = step;
    recovery_codes_[factor.user] = {digests.begin(), digests.end()};
    CAUSAL_GYM_CHECKED(append(event));
    return true;
  }
  Result<bool> take_code(const std::string& user, std::int64_t step) override {
    const std::lock_guard lock(mutex_);
    const auto kept = factors_.find(user);
    if (kept == factors_.end() || !kept->second.confirmed || kept->second.last_step >= step)
      return false;
    kept->second.last_step = step;
    return true;
  }
  Result<bool> take_recovery_code(const std::string& user, const std::string& digest,
                                  const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (recovery_codes_[user].erase(digest) == 0) return false;
    CAUSAL_GYM_CHECKED(append(event));
    return true;
  }
  Status remove_second_factor(const std::string& user, const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (factors_.erase(user) == 0)
      return fail(ErrorCode::not_found, "there is no second factor", "name");
    recovery_codes_.erase(user);
    end_sessions(user, "", event.at);
    return append(event);
  }

  Status add_key(const ApiKey& key, const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    const auto count = std::count_if(keys_.begin(), keys_.end(), [&](const auto& one) {
      return one.second.user == key.user && !one.second.revoked_at;
    });
    if (static_cast<std::size_t>(count) >= keys_of_a_user_limit)
      return fail(ErrorCode::limit_exceeded,
                  "you have " + std::to_string(keys_of_a_user_limit) + " keys", {},
                  "revoke one that is not used");
    keys_.emplace(key.id, key);
    return append(event);
  }
  Result<std::optional<ApiKey>> find_key(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    return found(keys_, id);
  }
  Result<std::vector<ApiKey>> list_keys(const std::string& user) override {
    const std::lock_guard lock(mutex_);
    std::vector<ApiKey> list;
    for (const auto& [id, key] : keys_)
      if (key.user == user) list.push_back(key);
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
    });
    return list;
  }
  Status touch_key(const std::string& id, std::int64_t used_at) override {
    const std::lock_guard lock(mutex_);
    if (const auto key = keys_.find(id); key != keys_.end()) key->second.used_at = used_at;
    return {};
  }
  Status revoke_key(const std::string& user, const std::string& id, std::int64_t at,
                    const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    const auto key = keys_.find(id);
    if (key == keys_.end() || key->second.user != user || key->second.revoked_at)
      return fail(ErrorCode::not_found, "no key '" + id + "'", "id");
    key->second.revoked_at = at;
    return append(event);
  }

  Status set_owner(const std::string& run, const std::string& user,
                   const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (const auto owner = found(owners_, run); owner && *owner != user)
      return fail(ErrorCode::conflict, "run '" + run + "' has another owner", "run");
    owners_.emplace(run, user);
    return append(event);
  }
  Result<OwnedObject> find_owned(const std::string& run, const std::string& user) override {
    const std::lock_guard lock(mutex_);
    return OwnedObject{found(owners_, run), shares_.contains({run, user})};
  }
  Status share_run(const std::string& run, const std::string& user,
                   const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (count_shares(run) >= shares_of_a_run_limit && !shares_.contains({run, user}))
      return fail(ErrorCode::limit_exceeded,
                  "the run is shared with " + std::to_string(shares_of_a_run_limit) + " users");
    shares_.insert({run, user});
    return append(event);
  }
  Status unshare_run(const std::string& run, const std::string& user,
                     const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (shares_.erase({run, user}) == 0)
      return fail(ErrorCode::not_found, "the run is not shared with that user", "user");
    return append(event);
  }
  Result<std::vector<std::string>> shares_of(const std::string& run) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> users;
    for (const auto& [of_run, user] : shares_)
      if (of_run == run) users.push_back(user);
    return users;
  }

  Status append_audit(const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    return append(event);
  }
  Result<std::vector<AuditEvent>> list_audit(std::size_t limit,
                                             std::optional<std::int64_t> before) override {
    if (limit == 0 || limit > audit_page_limit)
      return fail(ErrorCode::invalid_argument,
                  "limit is not from 1 to " + std::to_string(audit_page_limit), "limit");
    const std::lock_guard lock(mutex_);
    std::vector<AuditEvent> page;
    for (auto event = audit_.rbegin(); event != audit_.rend() && page.size() < limit; ++event)
      if (!before || event->number < *before) page.push_back(*event);
    return page;
  }

 private:
  struct Token {
    std::string session;
    bool replaced = false;
  };

  std::map<std::string, User>::const_iterator named(const std::string& name) const {
    return std::find_if(users_.begin(), users_.end(),
                        [&](const auto& one) { return one.second.name == name; });
  }
  void end_sessions(const std::string& user, const std::string& kept, std::int64_t at) {
    for (auto& [id, session] : sessions_)
      if (session.user == user && id != kept && !session.ended_at) session.ended_at = at;
  }
  std::size_t count_shares(const std::string& run) const {
    return static_cast<std::size_t>(std::count_if(
        shares_.begin(), shares_.end(), [&](const auto& one) { return one.first == run; }));
  }
  Status append(AuditEvent event) {
    event.number = static_cast<std::int64_t>(audit_.size()) + 1;
    audit_.push_back(std::move(event));
    return {};
  }

  std::mutex mutex_;
  std::map<std::string, User> users_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, Token> tokens_;                          // by digest
  std::map<std::string, SecondFactor> factors_;                  // by user
  std::map<std::string, std::set<std::string>> recovery_codes_;  // digests, by user
  std::map<std::string, ApiKey> keys_;
  std::map<std::string, std::string> owners_;             // of runs
  std::set<std::pair<std::string, std::string>> shares_;  // of a run with a user
  std::vector<AuditEvent> audit_;
};

}  // namespace

std::unique_ptr<AccountStore> make_memory_account_store() {
  return std::make_unique<MemoryAccountStore>();
}

}  // namespace causal_gym
