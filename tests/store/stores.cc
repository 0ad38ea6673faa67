// The stores that this program has, against what every store must do.
#include "platform/config/temporary_folder.h"
#include "platform/store/exchange_store.h"
#include "platform/store/open_store.h"
#include "tests/store/postgres_server.h"
#include "tests/store/run_store_conformance.h"

namespace causal_gym {
namespace {

Status record_at(const std::string& target, std::span<const Exchange> exchanges) {
  CAUSAL_GYM_TRY(store, ExchangeStore::open(target));
  return store->record(exchanges, 0);
}

class SqlitePlace final : public StorePlace {
 public:
  std::shared_ptr<RunStore> open() override {
    auto store = open_store(folder_.file("runs.sqlite"));
    EXPECT_TRUE(store) << error_text(store.error());
    return *std::move(store);
  }
  Status record(std::span<const Exchange> exchanges) override {
    return record_at(folder_.file("runs.sqlite"), exchanges);
  }

 private:
  TemporaryFolder folder_;
};

class PostgresPlace final : public StorePlace {
 public:
  explicit PostgresPlace(bool is_through_bouncer) : url_(postgres_server().new_database()) {
    if (is_through_bouncer) url_ = postgres_server().through_bouncer(url_);
  }
  std::shared_ptr<RunStore> open() override {
    auto store = open_store(url_);
    EXPECT_TRUE(store) << error_text(store.error());
    return *std::move(store);
  }
  Status record(std::span<const Exchange> exchanges) override { return record_at(url_, exchanges); }

 private:
  std::string url_;
};

class MemoryPlace final : public StorePlace {
 public:
  std::shared_ptr<RunStore> open() override { return store_; }
  Status record(std::span<const Exchange> exchanges) override { return store_->record(exchanges); }

 private:
  std::shared_ptr<MemoryRunStore> store_ = std::make_shared<MemoryRunStore>();
};

const StoreKind kinds[] = {{"Sqlite", [] { return std::make_unique<SqlitePlace>(); }},
                           {"Postgres", [] { return std::make_unique<PostgresPlace>(false); }},
                           {"PgBouncer", [] { return std::make_unique<PostgresPlace>(true); }},
                           {"Memory", [] { return std::make_unique<MemoryPlace>(); }}};

INSTANTIATE_TEST_SUITE_P(Stores, RunStoreConformance, testing::ValuesIn(kinds),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace causal_gym
