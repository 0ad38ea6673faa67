// smoking_tar_cancer-v1: Pearl's front-door example, where smokers have more cancer and yet smoking
// protects.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// The observed joint is Pearl's table 3.1: half smoke; 95% of smokers and 5% of others have tar;
// P(cancer | smoking, tar) is 0.10 (no, no), 0.90 (yes, no), 0.05 (no, yes), 0.85 (yes, yes). The
// genotype g that explains it: P(g) = 1/2, P(smoking | g) = 0.05, 0.95, so that P(g | smoking) =
// 0.05, 0.95 too, and P(cancer | tar, g) = a, b solves 0.95 a + 0.05 b = 0.10, 0.05 a + 0.95 b =
// 0.90: 1/18, 17/18 without tar; and 0.05, 0.85 in the same way: 1/180, 161/180 with tar. Then
// P(cancer | do(smoking)) = 0.05 * 0.5 + 0.95 * 0.45 = 0.4525, and 0.4975 without smoking, as in
// the book.
Environment smoking_tar_cancer() {
  return {
      .id = "smoking_tar_cancer-v1",
      .title = "Smoking, tar and cancer",
      .story =
          "Smoking leaves tar in the lungs, and tar changes the risk of cancer. A genotype that "
          "nobody has "
          "measured makes some people both more likely to take up smoking and more likely to get "
          "cancer. Smoking "
          "changes the risk of cancer through tar alone.",
      .source =
          "Pearl 2009, Causality, section 3.3.3, table 3.1 (hypothetical data); the genotype's "
          "part is derived from "
          "that table.",
      .roles = {.treatment = "smoking",
                .outcome = "cancer",
                .confounders = {"genotype"},
                .mediators = {"tar"}},
      .model = released_model(
          ModelBuilder(
              "smoking_tar_cancer-v1",
              "genotype [latent]; genotype -> smoking -> tar -> cancer; genotype -> cancer")
              .label("genotype", "Genotype")
              .label("smoking", "Smoking")
              .label("tar", "Tar in the lungs")
              .label("cancer", "Cancer")
              .table("genotype", {}, {0.5, 0.5})
              .table("smoking", {"genotype"}, {0.95, 0.05, 0.05, 0.95})
              .table("tar", {"smoking"}, {0.95, 0.05, 0.05, 0.95})
              .table("cancer", {"tar", "genotype"},
                     {17.0 / 18, 1.0 / 18, 1.0 / 18, 17.0 / 18, 179.0 / 180, 1.0 / 180, 19.0 / 180,
                      161.0 / 180})),
      .queries = {"P(cancer)", "P(tar)", "P(cancer | do(smoking=true))",
                  "P(cancer | do(smoking=false))"},
      .interventions = {"smoking=true", "smoking=false", "tar=true"},
      .notes =
          "The effect is identified through the front door: tar is measured, the genotype is not."};
}

}  // namespace causal_gym
