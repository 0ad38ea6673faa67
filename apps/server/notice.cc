#include "apps/server/notice.h"

#include "apps/server/html.h"

namespace causal_gym {

Notice fault_notice(const Error& error) {
  return {error.message + (error.suggestion.empty() ? "" : ": " + error.suggestion),
          /*is_fault=*/true};
}

std::string notice_html(const Notice& notice) {
  if (notice.text.empty()) return {};
  return (notice.is_fault ? "<p role=\"alert\">" : "<p role=\"status\" class=\"done\">") +
         html_escape(notice.text) + "</p>";
}

}  // namespace causal_gym
