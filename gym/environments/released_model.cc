#include "gym/environments/released_model.h"

#include "engine/base/check.h"

namespace causal_gym {

Model released_model(const ModelBuilder& builder) {
  auto model = builder.build();
  if (!model) check_failed(error_text(model.error()).c_str(), __FILE__, __LINE__);
  return *std::move(model);
}

}  // namespace causal_gym
