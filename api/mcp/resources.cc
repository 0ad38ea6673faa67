#include "api/mcp/resources.h"

#include "api/error_json.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view runs_cursor = "runs:";  // before a cursor of the run store

// One kind of resource: its address is prefix + id, its content the operation's answer for the id.
struct ResourceKind {
  std::string_view prefix;
  const char* operation;
  const char* field;
};

constexpr ResourceKind environments = {"causal-gym://environments/", "environments", "environment"};
constexpr ResourceKind runs = {"causal-gym://runs/", "runs", "run"};

std::string uri_of(const ResourceKind& kind, std::string_view id) {
  return std::string(kind.prefix).append(id);
}

json resource_json(std::string uri, const std::string& name, std::string title,
                   std::string description) {
  return {{"uri", std::move(uri)},
          {"name", name},
          {"title", std::move(title)},
          {"description", std::move(description)},
          {"mimeType", json_type}};
}

json run_resource(const RunSummary& run) {
  return resource_json(
      uri_of(runs, run.id), run.id, "Run " + run.id,
      std::string(run_state_name(run.state)) + ", " + std::to_string(run.episodes_finished) +
          " of " + std::to_string(run.episodes_planned) + " episodes, created " + run.created_at);
}

tl::unexpected<RpcError> unreadable(const Error& error) {
  return rpc_fail(rpc_internal_error, error_text(error), error_json(error)["error"]);
}

// Appends a page of runs; gives the cursor of the next page, or nothing.
RpcResult<std::optional<std::string>> append_runs(json& resources, RunReader& store,
                                                  const std::optional<std::string>& cursor,
                                                  std::size_t page_size) {
  const auto listing = store.list_runs(std::min(page_size, run_listing_limit), cursor);
  if (!listing && cursor && listing.error().code == ErrorCode::invalid_argument)
    return rpc_fail(rpc_invalid_params, "no page gave the cursor '" + shown_text(*cursor) + "'");
  if (!listing) return unreadable(listing.error());
  for (const auto& run : listing->runs) resources.push_back(run_resource(run));
  return listing->next_cursor;
}

}  // namespace

RpcResult<json> list_resources(const std::string& cursor, std::size_t page_size,
                               const OperationContext& context) {
  json resources = json::array();
  if (cursor.empty())
    for (const auto& environment : all_environments())
      resources.push_back(resource_json(uri_of(environments, environment.id), environment.id,
                                        environment.title, environment.story));
  if (!cursor.empty() && (context.runs == nullptr || !cursor.starts_with(runs_cursor)))
    return rpc_fail(rpc_invalid_params, "no page gave the cursor '" + shown_text(cursor) + "'");
  json result = json::object();
  if (context.runs != nullptr) {
    const auto of_store =
        cursor.empty() ? std::nullopt : std::optional(cursor.substr(runs_cursor.size()));
    const auto next = append_runs(resources, *context.runs, of_store, page_size);
    if (!next) return tl::unexpected<RpcError>(next.error());
    if (*next) result["nextCursor"] = std::string(runs_cursor) + **next;
  }
  result["resources"] = std::move(resources);
  return result;
}

json resource_templates() {
  const auto one = [](const ResourceKind& kind, const char* name, const char* description) {
    return json{{"uriTemplate", uri_of(kind, "{id}")},
                {"name", name},
                {"description", description},
                {"mimeType", json_type}};
  };
  return json::array(
      {one(environments, "environment", "An environment: story, roles, graph and exact model."),
       one(runs, "run",
           "A run: its specification, its summary, and every belief beside its truth.")});
}

RpcResult<json> read_resource(const std::string& uri, McpRevision revision,
                              const OperationContext& context) {
  const auto not_found =
      rpc_fail(is_stateless(revision) ? rpc_invalid_params : mcp_resource_not_found,
               "no resource '" + shown_text(uri) + "'", json{{"uri", shown_text(uri)}});
  for (const auto* kind : {&environments, &runs}) {
    if (!uri.starts_with(kind->prefix)) continue;
    const json request = {{"operation", kind->operation},
                          {kind->field, uri.substr(kind->prefix.size())}};
    const auto answer = run_operation(request, context);
    const auto error = error_of(answer);
    const bool missing = error && (error->code == ErrorCode::not_found ||
                                   error->code == ErrorCode::invalid_argument);
    if (missing) return not_found;
    if (error) return unreadable(*error);
    return json{{"contents", json::array({{{"uri", uri},
                                           {"mimeType", json_type},
                                           {"text", json_line(answer["result"])}}})}};
  }
  return not_found;
}

}  // namespace causal_gym
