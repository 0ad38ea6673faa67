#include "platform/http/send_queue.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace causal_gym {
namespace {

constexpr int waiting_bytes = 16 << 10;

bool has_ended(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
         info.tcpi_state == TCP_CLOSE;
}

}  // namespace

void keep_send_queue_short(int socket) {
  setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &waiting_bytes, sizeof waiting_bytes);
}

std::size_t unread_bytes(int socket) {
  int bytes = 0;
  if (ioctl(socket, SIOCOUTQ, &bytes) != 0 || bytes <= 0) return 0;
  // After a reset the count stays, of bytes that are gone.
  return has_ended(socket) ? 0 : static_cast<std::size_t>(bytes);
}

void drop_unread_at_close(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace causal_gym
