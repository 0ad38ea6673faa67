// The one script of the pages: on the page of a run that has not ended, it shows the run's progress
// as its events tell it, and loads the page again when the run stands otherwise. The page says all
// without it.
#pragma once

#include <string_view>

namespace causal_gym {

inline constexpr std::string_view run_script = R"js(
const bar = document.querySelector('progress');
const source = new EventSource(bar.dataset.events);
function again() {
  source.close();
  location.replace(location.pathname);  // without what was done before
}
function show({data}) {
  const {state, finished, planned} = JSON.parse(data);
  if (state && state !== bar.dataset.state) return again();
  if (finished > bar.value) document.getElementById('state').textContent = 'running';
  bar.value = Math.max(bar.value, finished);  // the first events tell what the page shows already
  document.getElementById('finished').textContent = `${bar.value} of ${planned}`;
}
source.addEventListener('state', show);
source.addEventListener('episode', show);
source.addEventListener('done', again);
)js";

}  // namespace causal_gym
