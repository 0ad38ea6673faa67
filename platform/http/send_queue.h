// What the kernel holds of answers that a client has not read yet: kept short while a connection is
// open, counted, and thrown away with it. A closed connection alone would go on sending for as long
// as its client likes.
// Source: tcp(7), TCP_NOTSENT_LOWAT and SIOCOUTQ; socket(7), SO_LINGER. Cost: a system call or two.
#pragma once

#include <cstddef>

namespace causal_gym {

// The kernel takes no more of an answer than about 64 KiB beyond what is on its way. Of a listening
// socket: also of the connections that it accepts.
void keep_send_queue_short(int socket);

// Sent or not, without acknowledgement; none of a connection that has ended.
[[nodiscard]] std::size_t unread_bytes(int socket);

// Closing the socket then resets the connection, and what is unread is dropped.
void drop_unread_at_close(int socket);

}  // namespace causal_gym
