# Makes cox_residuals.json (R 4.2.2, survival 3.5-3, jsonlite): Rscript cox_residuals.R > cox_residuals.json
suppressMessages({library(survival); library(jsonlite)})
d <- data.frame(
  time = c(2, 3, 3, 5, 6, 6, 6, 8, 9, 9, 11, 12), event = c(1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0),
  a = c(1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1), b = c(0.5, 1.2, -0.3, 0.8, 1.5, 0.1, -0.7, 2, 0.4, 1.1, -0.2, 0.9),
  stratum = c(1, 1, 2, 2, 1, 2, 1, 2, 1, 2, 1, 2), weight = c(1, 2, 0.5, 1, 1.5, 1, 2, 1, 0.5, 2, 1, 1),
  entry = c(0, 1, 0, 2, 0, 3, 4, 0, 5, 2, 0, 6), cluster = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6))
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
said <- function(fit) {
  kinds <- c("martingale", "deviance", "score", "schoenfeld", "scaledsch", "dfbeta")
  residuals <- setNames(lapply(kinds, function(kind) unname(as.matrix(residuals(fit, kind)))), kinds)
  tests <- lapply(c(km = "km", rank = "rank", identity = "identity", log = "log"),
                  function(g) unname(cox.zph(fit, g, terms = FALSE)$table[, "chisq"]))
  new <- data.frame(a = c(0, 1), b = c(0, 1.3), stratum = 2)
  curve <- survfit(fit, newdata = new)
  c(list(coef = unname(coef(fit)), covariance = unname(vcov(fit))), residuals,
    list(proportionality = c(tests, list(root = unname(cox.zph(fit, sqrt, terms = FALSE)$table[, "chisq"]))),
         concordance = c(concordance(fit)$concordance, sqrt(concordance(fit)$var)),
         predicted = list(time = summary(curve)$time, survival = unname(as.matrix(summary(curve)$surv)),
                          lower = unname(as.matrix(summary(curve)$lower)),
                          upper = unname(as.matrix(summary(curve)$upper)))))
}
fits <- list(
  plain = coxph(Surv(time, event) ~ a + b, d, control = tight),
  breslow = coxph(Surv(time, event) ~ a + b, d, ties = "breslow", control = tight),
  strata = coxph(Surv(time, event) ~ a + b + strata(stratum), d, control = tight),
  # robust = FALSE: coxph turns to the robust covariance by itself where weights are not whole
  weights_breslow = coxph(Surv(time, event) ~ a + b, d, weights = weight, ties = "breslow", robust = FALSE, control = tight),
  entry_weights = coxph(Surv(entry, time, event) ~ a + b, d, weights = weight, robust = FALSE, control = tight),
  entry_strata_weights = coxph(Surv(entry, time, event) ~ a + b + strata(stratum), d, weights = weight, robust = FALSE,
                               control = tight),
  entry_weights_cluster = coxph(Surv(entry, time, event) ~ a + b, d, weights = weight, cluster = cluster,
                                control = tight))
cat(toJSON(list(data = as.list(d), fits = lapply(fits, said)), digits = 14, matrix = "rowmajor", pretty = FALSE))
