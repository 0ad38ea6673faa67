#include "api/reference/model_list.h"

#include "api/reference/reference_chat.h"

namespace causal_gym {

namespace {

OrderedJson model_of(ModelListForm form, std::string_view id) {
  if (form == ModelListForm::anthropic)
    return {{"type", "model"},
            {"id", id},
            {"display_name", id},
            {"created_at", "1970-01-01T00:00:00Z"}};
  return {{"id", id}, {"object", "model"}, {"created", 0}, {"owned_by", "causal-gym"}};
}

}  // namespace

WireAnswer list_reference_models(ModelListForm form) {
  auto models = OrderedJson::array();
  const auto names = reference_models();
  for (const auto& name : names) models.push_back(model_of(form, name));
  OrderedJson body;
  if (form == ModelListForm::openai) body["object"] = "list";
  body["data"] = std::move(models);
  if (form == ModelListForm::anthropic) {
    body["has_more"] = false;
    body["first_id"] = names.front();
    body["last_id"] = names.back();
  }
  return json_answer(body);
}

WireAnswer find_reference_model(ModelListForm form, std::string_view id,
                                std::string_view request_id) {
  if (const auto known = check_reference_model(id); !known)
    return form == ModelListForm::openai
               ? openai_error(known.error())
               : anthropic_error(known.error(), wire_status(known.error()), request_id);
  return json_answer(model_of(form, id));
}

}  // namespace causal_gym
