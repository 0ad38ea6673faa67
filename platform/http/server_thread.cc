#include "platform/http/server_thread.h"

namespace causal_gym {

namespace {
thread_local ServerThread kind_of_this = ServerThread::none;
}  // namespace

ServerThread server_thread() { return kind_of_this; }
void set_server_thread(ServerThread kind) { kind_of_this = kind; }

}  // namespace causal_gym
