#include "apps/server/api_page.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <exception>
#include <nlohmann/json.hpp>
#include <vector>

namespace causal_gym {

namespace {

using Json = nlohmann::ordered_json;  // fields stay in the order of the document

constexpr std::array<std::string_view, 5> methods = {"get", "post", "put", "patch", "delete"};

// YAML as JSON: a quoted scalar is a text, a plain one what JSON reads it as, or else a text.
Json as_json(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& item : node) object[item.first.as<std::string>()] = as_json(item.second);
    return object;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(as_json(item));
    return list;
  }
  if (!node.IsScalar()) return nullptr;
  if (node.Tag() == "!") return node.Scalar();
  auto value = Json::parse(node.Scalar(), nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json(node.Scalar()) : value;
}

std::string text_of(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The field, or an empty object where there is none.
const Json& field_of(const Json& object, const char* field) {
  static const Json none = Json::object();
  const auto found = object.find(field);
  return found == object.end() ? none : *found;
}

std::string code(std::string_view text) { return "<code>" + html_escape(text) + "</code>"; }

// A text as it would stand in a query, anything else as JSON.
std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Text whose `words` are code.
std::string prose(std::string_view text) {
  std::string html;
  bool in_code = false;
  for (;;) {
    const auto end = text.find('`');
    html += in_code && end != std::string_view::npos ? code(text.substr(0, end))
                                                     : html_escape(text.substr(0, end));
    if (end == std::string_view::npos) return html;
    text.remove_prefix(end + 1);
    in_code = !in_code;
  }
}

// Lines up to one that ends a sentence are a paragraph.
std::string paragraphs(const std::string& text) {
  std::string html, paragraph;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    paragraph.append(paragraph.empty() ? "" : " ").append(line);
    if (!line.ends_with('.') && !rest.empty()) continue;
    html += "<p>" + prose(paragraph) + "</p>";
    paragraph.clear();
  }
  return html;
}

std::string name_of_reference(const std::string& reference) {
  return reference.substr(reference.rfind('/') + 1);
}

std::string type_of(const Json& schema);

std::string one_of(const Json& schemas) {
  std::string html;
  for (const auto& schema : schemas) html += (html.empty() ? "" : " or ") + type_of(schema);
  return html;
}

std::string object_type(const Json& schema) {
  std::string fields;
  const auto& required = field_of(schema, "required");
  for (const auto& [name, field] : field_of(schema, "properties").items()) {
    const bool must = std::find(required.begin(), required.end(), name) != required.end();
    fields += fmt::format("{}{}{}: {}", fields.empty() ? "" : ", ", code(name), must ? "" : "?",
                          type_of(field));
  }
  if (!fields.empty()) return "{" + fields + "}";
  const auto others = schema.find("additionalProperties");
  if (others != schema.end() && others->is_object()) return "object of " + type_of(*others);
  return "object";
}

std::string basic_type(const Json& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return schema.contains("properties") ? object_type(schema) : "any JSON";
  if (type->is_array()) {
    std::string html;
    for (const auto& each : *type)
      html += (html.empty() ? "" : " or ") + html_escape(each.get<std::string>());
    return html;
  }
  if (*type == "array")
    return "list of " + (schema.contains("items") ? type_of(schema["items"]) : "any JSON");
  return *type == "object" ? object_type(schema) : html_escape(type->get<std::string>());
}

struct Bound {
  const char* field;
  const char* before;
  const char* after;
};

std::string bounds_of(const Json& schema) {
  static constexpr Bound bounds[] = {{"minimum", "at least ", ""},
                                     {"maximum", "at most ", ""},
                                     {"minLength", "at least ", " characters"},
                                     {"maxLength", "at most ", " characters"},
                                     {"minItems", "at least ", " items"},
                                     {"maxItems", "at most ", " items"},
                                     {"default", "unless told ", ""}};
  std::string html;
  for (const auto& bound : bounds)
    if (schema.contains(bound.field))
      html += fmt::format(", {}{}{}", bound.before, code(plain(schema[bound.field])), bound.after);
  return html;
}

// The type of a value in words, with links to the schemas it names.
std::string type_of(const Json& schema) {
  if (!schema.is_object()) return "any JSON";
  if (schema.contains("$ref")) {
    const auto name = html_escape(name_of_reference(schema["$ref"].get<std::string>()));
    return fmt::format("<a href=\"#schema-{0}\">{0}</a>", name);
  }
  if (schema.contains("oneOf")) return one_of(schema["oneOf"]);
  if (schema.contains("const")) return code(plain(schema["const"]));
  if (!schema.contains("enum")) return basic_type(schema) + bounds_of(schema);
  std::string html;
  for (const auto& value : schema["enum"])
    html += (html.empty() ? "" : " or ") + code(plain(value));
  return html + bounds_of(schema);
}

std::string table(std::string_view label, std::initializer_list<const char*> heads,
                  const std::string& rows) {
  std::string head;
  for (const auto* each : heads) head += fmt::format("<th scope=\"col\">{}</th>", each);
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr>{}"
      "</tr></thead><tbody>{}</tbody></table></div>",
      html_escape(label), head, rows);
}

std::string row(const std::string& head, std::initializer_list<std::string> cells) {
  std::string html = "<tr><th scope=\"row\">" + head + "</th>";
  for (const auto& cell : cells) html += "<td>" + cell + "</td>";
  return html + "</tr>";
}

const Json& resolved(const Json& document, const Json& value) {
  if (!value.contains("$ref")) return value;
  return document.at(Json::json_pointer(value["$ref"].get<std::string>().substr(1)));
}

std::string content_type_html(const Json& content) {
  std::string html;
  for (const auto& [type, media] : content.items())
    html += fmt::format("{}{}: {}", html.empty() ? "" : "<br>", code(type),
                        type_of(field_of(media, "schema")));
  return html.empty() ? "no body" : html;
}

// JSON whose parts stand on one line where they fit.
std::string readable(const Json& value, std::size_t indent = 0) {
  constexpr std::size_t line_width = 76;
  auto line = value.dump();
  if (!value.is_structured() || line.size() + indent <= line_width) return line;
  const bool is_object = value.is_object();
  const std::string margin(indent + 2, ' ');
  std::string text;
  for (const auto& [name, part] : value.items()) {
    text.append(text.empty() ? "\n" : ",\n").append(margin);
    if (is_object) text.append(Json(name).dump()).append(": ");
    text += readable(part, indent + 2);
  }
  text.append("\n").append(indent, ' ');
  return (is_object ? "{" : "[") + text + (is_object ? "}" : "]");
}

std::string examples_of(const Json& content) {
  std::string html;
  const auto show = [&html](const std::string& name, const Json& value) {
    html +=
        fmt::format("<details><summary>Example{}</summary><pre tabindex=\"0\">{}</pre></details>",
                    name.empty() ? "" : ": " + html_escape(name),
                    html_escape(value.is_string() ? value.get<std::string>() : readable(value)));
  };
  for (const auto& [type, media] : content.items()) {
    if (media.contains("example")) show("", media["example"]);
    for (const auto& [name, example] : field_of(media, "examples").items())
      show(name, example.value("value", Json()));
  }
  return html;
}

std::string parameter_table(const Json& document, const Json& operation, const std::string& label) {
  std::string rows;
  for (const auto& given : field_of(operation, "parameters")) {
    const auto& parameter = resolved(document, given);
    rows += row(
        code(text_of(parameter, "name")),
        {html_escape(text_of(parameter, "in")), parameter.value("required", false) ? "yes" : "no",
         type_of(field_of(parameter, "schema")), prose(text_of(parameter, "description"))});
  }
  if (rows.empty()) return {};
  return table("Parameters of " + label, {"parameter", "in", "required", "type", "meaning"}, rows);
}

std::string answer_table(const Json& document, const Json& operation, const std::string& label) {
  std::string rows;
  for (const auto& [status, given] : operation.at("responses").items()) {
    const auto& response = resolved(document, given);
    rows += row(status == "default" ? "otherwise" : html_escape(status),
                {prose(text_of(response, "description")),
                 content_type_html(field_of(response, "content"))});
  }
  return table("Answers of " + label, {"status", "meaning", "body"}, rows);
}

struct Operation {
  std::string method;  // "GET"
  std::string path;
  std::string id;
  const Json* json;
};

std::vector<Operation> operations_of(const Json& document) {
  std::vector<Operation> operations;
  for (const auto& [path, item] : document.at("paths").items())
    for (const auto method : methods) {
      const auto found = item.find(std::string(method));
      if (found == item.end()) continue;
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      operations.push_back({upper, path, found->at("operationId").get<std::string>(), &*found});
    }
  return operations;
}

std::string contents(const std::vector<Operation>& operations) {
  std::string rows;
  for (const auto& operation : operations)
    rows += row(fmt::format("<a href=\"#{}\"><code>{} {}</code></a>", html_escape(operation.id),
                            operation.method, html_escape(operation.path)),
                {prose(text_of(*operation.json, "summary"))});
  return table("Requests", {"request", "what it does"}, rows);
}

std::string operation_section(const Json& document, const Operation& operation) {
  const auto& json = *operation.json;
  const std::string label = operation.method + " " + operation.path;
  std::string html = fmt::format(
      "<section><h3 id=\"{}\">{}</h3><p>{}</p>{}", html_escape(operation.id), code(label),
      prose(text_of(json, "summary")), paragraphs(text_of(json, "description")));
  if (json.contains("security") && json["security"].empty())
    html += "<p class=\"soft\">For everyone, also where access is on.</p>";
  html += parameter_table(document, json, label);
  if (json.contains("requestBody")) {
    const auto& content = json["requestBody"].at("content");
    html += "<p>Body: " + content_type_html(content) + "</p>" + examples_of(content);
  }
  return html + answer_table(document, json, label) + "</section>";
}

std::string schema_section(const std::string& name, const Json& schema) {
  std::string html = fmt::format("<section><h3 id=\"schema-{0}\">{0}</h3>", html_escape(name)) +
                     paragraphs(text_of(schema, "description"));
  if (!schema.contains("properties")) return html + "<p>" + type_of(schema) + "</p></section>";
  const auto& required = field_of(schema, "required");
  std::string rows;
  for (const auto& [field, value] : schema["properties"].items()) {
    const bool must = std::find(required.begin(), required.end(), field) != required.end();
    rows += row(code(field),
                {must ? "yes" : "no", type_of(value), prose(text_of(value, "description"))});
  }
  return html + table("Fields of " + name, {"field", "required", "type", "meaning"}, rows) +
         "</section>";
}

std::string schemes_table(const Json& schemes) {
  std::string rows;
  for (const auto& [name, scheme] : schemes.items()) {
    const bool in_field = text_of(scheme, "type") == "apiKey";
    rows += row(html_escape(name),
                {in_field ? html_escape(text_of(scheme, "in")) + " " + code(text_of(scheme, "name"))
                          : "header " + code("Authorization: Bearer"),
                 prose(text_of(scheme, "description"))});
  }
  return table("Ways to sign requests", {"way", "where", "meaning"}, rows);
}

std::string body_of(const Json& document) {
  const auto& components = document.at("components");
  const auto operations = operations_of(document);
  std::string html =
      "<h1>HTTP API</h1><p>For programs: <a href=\"/api/v1/openapi.yaml\">the same as an OpenAPI "
      "document</a>.</p>" +
      paragraphs(text_of(document.at("info"), "description")) + "<h2>Who asks</h2>" +
      schemes_table(components.at("securitySchemes")) + "<h2 id=\"requests\">Requests</h2>" +
      contents(operations);
  for (const auto& operation : operations) html += operation_section(document, operation);
  html += "<h2 id=\"schemas\">Schemas</h2>";
  for (const auto& [name, schema] : components.at("schemas").items())
    html += schema_section(name, schema);
  return html;
}

}  // namespace

Result<std::string> api_page_body(std::string_view document) {
  // Both libraries tell of a fault by an exception; it ends here.
  try {
    return body_of(as_json(YAML::Load(std::string(document))));
  } catch (const std::exception& fault) {
    return fail(ErrorCode::parse_error, std::string("the API's description: ") + fault.what());
  }
}

}  // namespace causal_gym
