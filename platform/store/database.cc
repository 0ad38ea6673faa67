#include "platform/store/database.h"

namespace causal_gym {

Status Statement::run() {
  CAUSAL_GYM_TRY(row, step());
  if (row) reset();
  return {};
}

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> Statement::optional_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
  CAUSAL_GYM_CHECKED(database.begin(kind));
  return Transaction(&database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->roll_back();
}

Status Transaction::commit() {
  Status status = database_->commit();
  if (status) database_ = nullptr;
  return status;
}

}  // namespace causal_gym
