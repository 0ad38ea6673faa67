// The one script of the pages: on the page of a run that has not ended, it shows the run's progress
// as its events tell it, and loads the page again when the run has ended. The page says all without
// it.
#pragma once

#include <string_view>

namespace causal_gym {

inline constexpr std::string_view run_script = R"js(
const bar = document.querySelector('progress');
const source = new EventSource(bar.dataset.events);
function show({data}) {
  const {state, finished, planned} = JSON.parse(data);
  bar.value = Math.max(bar.value, finished);  // the first events tell what the page shows already
  document.getElementById('finished').textContent = `${bar.value} of ${planned}`;
  if (state) document.getElementById('state').textContent = state;
}
source.addEventListener('state', show);
source.addEventListener('episode', show);
source.addEventListener('done', () => {
  source.close();
  location.reload();
});
)js";

}  // namespace causal_gym
