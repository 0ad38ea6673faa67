// Entity tags: what a client has already is not sent again.
//
// A tag is strong: a digest (BLAKE2b, 128 bits) of the very bytes that are sent, after their
// coding, so that a representation with gzip has another tag than the one without, and the same
// bytes have the same tag from every replica. Source: RFC 9110, sections 8.8.3, 13.1.2, 15.4.5.
// Cost: one pass over the body.
#pragma once

#include <string>
#include <string_view>

#include "platform/http/server_options.h"

namespace causal_gym {

// Thirty-two hexadecimal digits in quotes.
[[nodiscard]] std::string entity_tag(std::string_view body);

// Does a value of If-None-Match name the tag, by weak comparison, or "*"? A value that is no list
// of entity tags names none.
[[nodiscard]] bool names_entity_tag(std::string_view if_none_match, std::string_view tag);

// The handler, whose answers 200 to GET and HEAD carry their tag, unless they have one; who names
// it in If-None-Match is answered 304 with the fields of the 200 that are not about a body.
[[nodiscard]] HttpHandler with_entity_tags(HttpHandler handler);

}  // namespace causal_gym
