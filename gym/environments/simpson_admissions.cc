// simpson_admissions-v1: Berkeley 1973. The department MEDIATES gender -> admission; it is not a
// confounder of it.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// Applicants by department, (admitted, rejected): men A 512, 313; B 353, 207; C 120, 205; D 138,
// 279; E 53, 138; F 22, 351; women A 89, 19; B 17, 8; C 202, 391; D 131, 244; E 94, 299; F 24, 317.
// In all 2,691 men (1,198 admitted) and 1,835 women (557 admitted). Since nothing causes gender
// here, P(admission | do(gender)) = P(admission | gender): 0.4452 and 0.3035. The natural direct
// effect of being a woman is small and positive.
Environment simpson_admissions() {
  constexpr double men = 2691;
  constexpr double women = 1835;
  return {
      .id = "simpson_admissions-v1",
      .title = "Admissions at Berkeley",
      .story =
          "Applicants to a graduate school have a gender, as it stands on the application, and "
          "choose a department (A to "
          "F). Departments differ in how many they can admit, and men and women choose different "
          "departments. Admission is "
          "decided within the department, which also sees the gender. The department therefore "
          "lies on the way from "
          "gender to admission: it is a mediator, not a common cause.",
      .source =
          "Bickel, Hammel & O'Connell 1975, Science 187: the six largest departments, fall 1973, "
          "counts as in R's "
          "UCBAdmissions.",
      .roles = {.treatment = "gender", .outcome = "admission", .mediators = {"department"}},
      .model = released_model(
          ModelBuilder("simpson_admissions-v1",
                       "gender -> department -> admission; gender -> admission")
              .binary("gender", "male", "female")
              .categorical("department", {"A", "B", "C", "D", "E", "F"})
              .binary("admission", "rejected", "admitted")
              .label("gender", "Gender")
              .label("department", "Department")
              .label("admission", "Admission")
              .table("gender", {}, {men / (men + women), women / (men + women)})
              .table("department", {"gender"},
                     {825 / men, 560 / men, 325 / men, 417 / men, 191 / men, 373 / men,  //
                      108 / women, 25 / women, 593 / women, 375 / women, 393 / women, 341 / women})
              .table(
                  "admission", {"gender", "department"},
                  {313.0 / 825, 512.0 / 825, 207.0 / 560, 353.0 / 560, 205.0 / 325, 120.0 / 325,  //
                   279.0 / 417, 138.0 / 417, 138.0 / 191, 53.0 / 191,  351.0 / 373, 22.0 / 373,   //
                   19.0 / 108,  89.0 / 108,  8.0 / 25,    17.0 / 25,   391.0 / 593, 202.0 / 593,  //
                   244.0 / 375, 131.0 / 375, 299.0 / 393, 94.0 / 393,  317.0 / 341, 24.0 / 341})),
      .queries = {"P(admission=admitted)", "P(gender=female)",
                  "P(admission=admitted | do(department=A))",
                  "NDE(gender -> department -> admission)"},
      .interventions = {"gender=female", "gender=male", "department=A"},
      .notes = "Conditioning on the department gives the direct effect, not the total one."};
}

}  // namespace causal_gym
