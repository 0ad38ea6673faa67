#include "gym/agent/clause.h"

#include <algorithm>
#include <string_view>

#include "gym/agent/free_text.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr std::string_view marks = "([{\"'$|";
constexpr std::string_view connectives[] = {"so",           "therefore", "thus",    "hence",
                                            "consequently", "finally",   "overall", "here's",
                                            "but",          "also"};
constexpr std::string_view own_words[] = {"i think",
                                          "i think that",
                                          "i believe",
                                          "i believe that",
                                          "i estimate",
                                          "i estimate that",
                                          "i conclude",
                                          "i conclude that",
                                          "i find that",
                                          "i am confident that",
                                          "i'm confident that",
                                          "i would say",
                                          "i would say that",
                                          "i'd say",
                                          "i'd say that",
                                          "we find that",
                                          "we conclude that",
                                          "we get that",
                                          "here is",
                                          "this means",
                                          "this means that",
                                          "which means",
                                          "which means that",
                                          "it follows that",
                                          "this gives",
                                          "that gives",
                                          "i'd estimate",
                                          "i'd estimate that",
                                          "we get",
                                          "we have",
                                          "we find",
                                          "we conclude",
                                          "we obtain",
                                          "my belief is that",
                                          "i would estimate",
                                          "i would estimate that"};
// The first word of a condition that a comma divides from what is said under it.
constexpr std::string_view conditions[] = {
    "given",         "under",    "with",      "by",           "using",
    "from",          "since",    "because",   "as",           "after",
    "based",         "in",       "on",        "according",    "adjusting",
    "averaging",     "applying", "combining", "summing",      "when",
    "considering",   "cutting",  "plugging",  "substituting", "marginalizing",
    "marginalising", "now"};
// Before a colon.
constexpr std::string_view headings[] = {
    "step",        "conclusion", "result", "summary", "solution", "calculation",
    "computation", "compute",    "the",    "in",      "final",    "so",
    "therefore",   "thus",       "hence",  "here",    "my",       "sure"};

bool is_heading(const ReplyTokens& tokens, std::size_t begin, std::size_t end) {
  for (auto i = begin; i < end; ++i) {
    const bool is_number =
        tokens[i].is_number() && tokens[i].is_whole && i > begin && tokens[i - 1].is_word("step");
    if (!is_number && !is_among(headings, tokens[i].text)) return false;
  }
  return begin < end;
}

// Before token `i`, where the phrase begins that ends there; `i` when another one does.
std::size_t before_own_words(const ReplyTokens& tokens, std::size_t i) {
  constexpr std::size_t most_words = 4;
  for (std::size_t words = 2; words <= std::min(i, most_words); ++words)
    for (const auto phrase : own_words)
      if (tokens.past_phrase(i - words, phrase) == i) return i - words;
  return i;
}

bool begins_after(const ReplyTokens& tokens, std::size_t i, const AskedQuery& asked, int depth) {
  constexpr std::size_t most_marks = 8;
  for (std::size_t mark = 0; mark < most_marks && i > 0 && tokens[i - 1].is_sign_of(marks); ++mark)
    --i;
  if (i == 0) return true;
  const auto& last = tokens[i - 1];
  if (last.kind == TokenKind::line_end || last.is_sign_of(".;!?")) return true;
  if (is_among(connectives, last.text)) return true;
  if (last.is_sign('>') && i > 1 && tokens[i - 2].is_sign_of("-=")) return true;
  const auto begin = sentence_begin(tokens, i - 1);
  if (last.is_sign(',')) {
    if (i > 1 && is_among(connectives, tokens[i - 2].text)) return true;
    return is_among(conditions, tokens[begin].text) && is_harmless(tokens, begin, i - 1, asked);
  }
  if (last.is_sign(':')) return is_heading(tokens, begin, i - 1);
  if (last.is_word("and")) return is_harmless(tokens, begin, i - 1, asked);
  const auto own = before_own_words(tokens, i);
  return own < i && depth > 0 && begins_after(tokens, own, asked, depth - 1);
}

}  // namespace

bool begins_clause(const ReplyTokens& tokens, std::size_t i, const AskedQuery& asked) {
  return begins_after(tokens, i, asked, 1);
}

std::size_t past_opening(const ReplyTokens& tokens, std::size_t i) {
  while (i < tokens.size() &&
         (tokens[i].kind == TokenKind::line_end || tokens[i].is_sign_of("([{\"'$|,") ||
          is_among(connectives, tokens[i].text)))
    ++i;
  if (tokens[i].is_sign_of("-=") && tokens[i + 1].is_sign('>')) i += 2;
  return i;
}

}  // namespace causal_gym
