#include "gym/environments/registry.h"

#include <array>

#include "engine/base/spelling.h"

namespace causal_gym {

// Each in the file of its name.
Environment sprinkler();
Environment smoking_tar_cancer();
Environment ice_cream_crime();
Environment confounded_treatment();
Environment simpson_admissions();
Environment front_door();
Environment instrument_schooling();
Environment collider_talent_luck();
Environment mediation_training();
Environment chain();
Environment asia();

std::span<const Environment> all_environments() {
  static const std::array environments = {
      sprinkler(),
      smoking_tar_cancer(),
      ice_cream_crime(),
      confounded_treatment(),
      simpson_admissions(),
      front_door(),
      instrument_schooling(),
      collider_talent_luck(),
      mediation_training(),
      chain(),
      asia(),
  };
  return environments;
}

Result<const Environment*> find_environment(std::string_view id) {
  std::vector<std::string> ids;
  for (const auto& environment : all_environments()) {
    if (environment.id == id) return &environment;
    ids.push_back(environment.id);
  }
  return fail(ErrorCode::unknown_name, "no environment '" + std::string(id) + "'", "",
              spelling_suggestion(id, ids));
}

}  // namespace causal_gym
