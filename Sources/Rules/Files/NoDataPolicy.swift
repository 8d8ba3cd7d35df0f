import Model
import PromQL

/// What an alerting rule makes of a series that has gone silent: the field `no_data` of a rule.
///
/// An expression such as `queue_length > 10` gives nothing both when the queue is short and when nobody reports its length any more. Which of the
/// two it is shows the same comparison as `bool`: a series that is in its answer was compared, and the condition is false; one that is not had
/// no data. Series are told apart by their labels without the metric name. Of a comparison of two vectors a series has data while both sides have.
public enum NoDataPolicy: String, Sendable, CaseIterable {
    /// No data is no breach, as in Prometheus: the alert resolves.
    case resolve
    /// An alert stays as it is until there are data again: a firing one keeps firing with its last value, a pending one stays pending and does not
    /// fire for lack of data. Its `for` counts from when it became active all the same. Series that had no alert get none. After a restart it is put
    /// there again by what its series tell, with the last value of the day before, or NaN if that is longer ago.
    case keep
    /// A series that had data and has none any more counts as in breach: its alert, with the labels it would have anyway, goes pending and, after
    /// `for`, fires; one that is active stays so. The value is NaN and the annotation `no_data` says `true`. It ends when there are data for which
    /// the condition is false, or after a day without data, when the series is taken to be gone for good. After a restart the data of the day before
    /// tell which series there were; those that had no alert then are given five minutes to be scraped again.
    case alert

    /// For how long `alert` remembers a series, in milliseconds.
    static let memory: Int64 = 24 * 3_600_000

    static let annotation = "no_data"

    /// Why an expression cannot have a policy; nil if it can.
    func refusal(for expr: Expr) -> String? {
        if self == .resolve { return nil }
        var asksForAbsence = false
        expr.walk { node in
            if case .call(let call) = node, call.function == .absent || call.function == .absentOverTime { asksForAbsence = true }
        }
        if asksForAbsence { return "no_data: \(rawValue) makes no sense with absent() or absent_over_time(), which alert on missing data themselves" }
        guard case .binary(let node) = expr.unwrapped, node.op.isComparison, node.type == .vector else {
            return
                "no_data: \(rawValue) needs an expression that is a comparison, such as x > 5: without one there is no telling no data from no breach"
        }
        if node.returnsBool { return "no_data: \(rawValue) needs a comparison that filters; with bool the alert is active whatever the values are" }
        return nil
    }

    /// The query whose answer has a series for each one that has data; nil if the policy does not ask.
    func presence(of expr: Expr, text: String) -> PreparedQuery? {
        guard self != .resolve, case .binary(var node) = expr.unwrapped else { return nil }
        node.returnsBool = true
        return PreparedQuery(text: text, expr: .binary(node))
    }
}
