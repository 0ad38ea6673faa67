// The seam to what replicas share of a provider's limits: how many requests are under way there,
// and until when it wants none. It never fails: who cannot know lets the request go out, and the
// limits are those that each replica has learned by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace causal_gym {

// A request to a provider at an address.
struct PaceTicket {
  std::string lane;
  std::string request;  // unlike every other one's, of whichever replica
  friend bool operator==(const PaceTicket&, const PaceTicket&) = default;
};

// What the end of a request says about its provider: nothing; that it answers; that it was asked
// for too much; that it has trouble of its own.
enum class PaceNews { nothing, answered, limited, troubled };

// Called by one thread of each client at a time.
class SharedPace {
 public:
  virtual ~SharedPace() = default;

  // 0: the request has its place and may go out; otherwise after how many seconds to ask again.
  [[nodiscard]] virtual double enter(const PaceTicket& ticket) = 0;
  // Its place is free. `wait_seconds`: for how long the provider wants to be left alone.
  virtual void leave(const PaceTicket& ticket, PaceNews news, double wait_seconds) = 0;
  // It is still under way: places that nobody renews are free after `renewal_seconds`, thrice.
  virtual void renew(const PaceTicket& ticket) = 0;

  static constexpr double renewal_seconds = 5;
};

}  // namespace causal_gym
