# What R is asked, with the requests of worker.py; `prepare` calls once.
suppressMessages(suppressWarnings({
  library(survival)
  library(cmprsk)
}))
days <- c(50, 150, 400)

column <- function(folder, name, what, n) {
  readBin(file.path(folder, paste0(name, ".bin")), what, n, size = if (what == "double") 8 else 4)
}

read_data <- function(folder) {
  n <- file.size(file.path(folder, "time.bin")) / 8
  covariates <- t(matrix(column(folder, "covariates", "double", 10 * n), nrow = 10))
  d <- list(
    time = column(folder, "time", "double", n), cause = column(folder, "cause", "integer", n),
    group = column(folder, "group", "integer", n), stratum = column(folder, "stratum", "integer", n),
    first = covariates[, 1], second = covariates[, 2], covariates = covariates, few = covariates[, 1:2]
  )
  d$event <- as.integer(d$cause == 1)
  d
}

with_errors <- function(fit) list(coefficients = unname(coef(fit)), `standard errors` = sqrt(diag(vcov(fit))))

kaplan_meier_answer <- function(fit) {
  at <- lapply(1:2, function(k) summary(fit[k], times = days))
  list(
    survival = unlist(lapply(at, function(each) each$surv)),
    limits = unlist(lapply(at, function(each) c(each$lower, each$upper)))
  )
}

incidence_answer <- function(fit) {
  at <- timepoints(fit, days)
  wanted <- c("0 1", "0 2", "1 1", "1 2")
  list(
    incidence = as.vector(t(at$est[wanted, ])),
    `standard errors as cmprsk` = as.vector(t(sqrt(at$var[wanted, ])))
  )
}

test_of <- function(fit) list(`chi-square` = fit$chisq)
model_of <- function(fit) list(coefficients = unname(fit$coef), `standard errors` = sqrt(diag(fit$var)))

ask <- list(
  kaplan_meier = list(
    function(d) survfit(Surv(time, event) ~ group, data = d, conf.type = "log-log"), kaplan_meier_answer
  ),
  log_rank = list(function(d) survdiff(Surv(time, event) ~ group, data = d), test_of),
  stratified_log_rank = list(function(d) survdiff(Surv(time, event) ~ group + strata(stratum), data = d), test_of),
  cox = list(function(d) coxph(Surv(time, event) ~ first + second, data = d, ties = "efron"), with_errors),
  stratified_cox = list(
    function(d) coxph(Surv(time, event) ~ first + second + strata(stratum), data = d, ties = "efron"), with_errors
  ),
  cumulative_incidence = list(function(d) cuminc(d$time, d$cause, d$group), incidence_answer),
  gray_test = list(
    function(d) cuminc(d$time, d$cause, d$group), function(fit) list(`chi-square` = unname(fit$Tests[1, "stat"]))
  ),
  fine_gray_2 = list(function(d) crr(d$time, d$cause, d$few), model_of),
  fine_gray_10 = list(function(d) crr(d$time, d$cause, d$covariates), model_of)
)

seconds_of <- function(call, calls) {
  gc()
  start <- proc.time()
  for (i in seq_len(calls)) call()
  used <- proc.time() - start
  sum(used[c("user.self", "sys.self")]) / calls
}

json <- function(told) {
  row <- function(x) paste0("[", paste(format(x, digits = 17, trim = TRUE), collapse = ", "), "]")
  paste0("{", paste0('"', names(told), '": ', vapply(told, row, ""), collapse = ", "), "}")
}

held <- list(folder = "", data = NULL)
lines <- file("stdin", "r")
while (length(line <- readLines(lines, 1)) > 0) {
  request <- strsplit(line, "\t")[[1]]
  told <- tryCatch({
    if (held$folder != request[4]) held <- list(folder = request[4], data = read_data(request[4]))
    task <- ask[[request[2]]]
    if (request[1] == "prepare") {
      start <- proc.time()
      fit <- task[[1]](held$data)
      used <- proc.time() - start
      seconds <- sum(used[c("user.self", "sys.self")])
      paste0('{"answer": ', json(task[[2]](fit)), ', "seconds": ', format(seconds, digits = 17), "}")
    } else {
      seconds <- seconds_of(function() task[[1]](held$data), as.integer(request[5]))
      paste0('{"seconds": ', format(seconds, digits = 17), "}")
    }
  }, error = function(problem) paste0('{"failed": "', gsub('["\\\\\n]', " ", conditionMessage(problem)), '"}'))
  cat(told, "\n", sep = "")
  flush(stdout())
}
