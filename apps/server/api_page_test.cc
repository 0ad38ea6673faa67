// The page about the API says of every operation and schema what the OpenAPI document says.
#include "apps/server/api_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "apps/server/openapi.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* small = R"yaml(
info:
  description: |
    First sentence, which
    goes on. With `code` & <more>.
    Second.
paths:
  /a/{id}:
    get:
      operationId: read_a
      summary: One "a".
      security: []
      parameters: [{$ref: '#/components/parameters/Id'}]
      responses:
        "200": {description: It., content: {text/csv: {schema: {type: string}}}}
        default: {$ref: '#/components/responses/Error'}
    post:
      operationId: make_a
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/A'}
            example: {"n": 1, "s": "<b>"}
      responses: {"204": {description: Made.}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key, description: A key.}}
  parameters: {Id: {name: id, in: path, required: true, schema: {type: string, maxLength: 9}}}
  responses: {Error: {description: An error.}}
  schemas:
    A:
      type: object
      required: [n]
      properties:
        n: {type: integer, minimum: 1, maximum: 7, default: 3, description: How many.}
        s: {oneOf: [{type: string}, {type: array, items: {type: [number, "null"]}}]}
        k: {enum: [x, "y"]}
        o: {type: object, required: [p], properties: {p: {const: 2}, q: {}}}
        m: {type: object, additionalProperties: {$ref: '#/components/schemas/A'}}
)yaml";

std::string page_of(std::string_view document) {
  const auto body = api_page_body(document);
  EXPECT_TRUE(body) << body.error().message;
  return body ? *body : "";
}

TEST(ApiPage, ShowsWhatOneSendsAndWhatOneGets) {
  const auto page = page_of(small);
  EXPECT_THAT(page, HasSubstr("<p>First sentence, which goes on. With <code>code</code> &amp; "
                              "&lt;more&gt;.</p><p>Second.</p>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"#read_a\"><code>GET /a/{id}</code></a></th><td>One "
                              "&quot;a&quot;."));
  EXPECT_THAT(page, HasSubstr("<h3 id=\"make_a\"><code>POST /a/{id}</code></h3>"));
  EXPECT_THAT(page, HasSubstr("<code>id</code></th><td>path</td><td>yes</td><td>string, at most "
                              "<code>9</code> characters</td>"));
  EXPECT_THAT(page, HasSubstr("200</th><td>It.</td><td><code>text/csv</code>: string</td>"));
  EXPECT_THAT(page, HasSubstr("otherwise</th><td>An error.</td><td>no body</td>"));
  EXPECT_THAT(page, HasSubstr("Body: <code>application/json</code>: <a href=\"#schema-A\">A</a>"));
  EXPECT_THAT(page, HasSubstr("{&quot;n&quot;:1,&quot;s&quot;:&quot;&lt;b&gt;&quot;}"));
  EXPECT_THAT(page, HasSubstr("header <code>X-Key</code></td><td>A key."));
}

TEST(ApiPage, SaysWhatIsForEveryone) {
  const auto page = page_of(small);
  const auto said = page.find("For everyone");
  ASSERT_NE(said, std::string::npos);
  EXPECT_GT(said, page.find("<h3 id=\"read_a\">"));
  EXPECT_LT(said, page.find("<h3 id=\"make_a\">"));
  EXPECT_EQ(page.find("For everyone", said + 1), std::string::npos);
}

TEST(ApiPage, NamesTypesInWords) {
  const auto page = page_of(small);
  for (const auto* row :
       {"<code>n</code></th><td>yes</td><td>integer, at least <code>1</code>, at most "
        "<code>7</code>, unless told <code>3</code></td><td>How many.</td>",
        "<code>s</code></th><td>no</td><td>string or list of number or null</td>",
        "<code>k</code></th><td>no</td><td><code>x</code> or <code>y</code></td>",
        "<code>o</code></th><td>no</td><td>{<code>p</code>: <code>2</code>, <code>q</code>?: any "
        "JSON}</td>",
        "<code>m</code></th><td>no</td><td>object of <a href=\"#schema-A\">A</a></td>"})
    EXPECT_THAT(page, HasSubstr(row));
}

TEST(ApiPage, EveryLinkOfOurDocumentLeadsToOneHeading) {
  const auto page = page_of(openapi_document);
  std::multiset<std::string> ids;
  const std::regex id("id=\"([^\"]+)\""), link("href=\"#([^\"]+)\"");
  for (std::sregex_iterator at(page.begin(), page.end(), id), end; at != end; ++at)
    ids.insert((*at)[1]);
  std::size_t links = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), link), end; at != end; ++at, ++links)
    EXPECT_EQ(ids.count((*at)[1]), 1U) << (*at)[1];
  EXPECT_GT(links, 100U);
  for (const auto* known : {"ask", "launch_experiment", "schema-AskRequest", "schema-Health"})
    EXPECT_EQ(ids.count(known), 1U) << known;
  EXPECT_THAT(page, HasSubstr("\n      &quot;z&quot;: {&quot;table&quot;:[[0.4,0.6]]},\n"));
  EXPECT_THAT(page, HasSubstr("\n  &quot;query&quot;: &quot;P(y | do(x=1))&quot;\n}"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("style=")));
}

TEST(ApiPage, WhatIsNoDescriptionIsAnError) {
  for (const auto* bad : {"", "a: [", "paths: {}", "paths: {/a: {get: {}}}", "[1]"}) {
    const auto body = api_page_body(bad);
    ASSERT_FALSE(body) << bad;
    EXPECT_EQ(body.error().code, ErrorCode::parse_error);
    EXPECT_THAT(body.error().message, HasSubstr("the API's description"));
  }
}

}  // namespace
}  // namespace causal_gym
