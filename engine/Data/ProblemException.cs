using System.Text.Json.Nodes;
using Switchboard.Domain;

namespace Switchboard.Data;

/// <summary>
/// A refusal that the caller can understand and mend; the host answers it as an RFC 9457 problem document. Everything
/// that is no fault of the caller stays an exception of its own kind.
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">Stable, snake_case; a client may switch on it.</param>
/// <param name="detail">A sentence that says what is wrong and how to mend it.</param>
/// <param name="errors">One for every field that broke a rule.</param>
/// <param name="extensions">Further members of the document (<c>allowed</c>, <c>referencedBy</c>).</param>
public sealed class ProblemException(
    int status,
    string code,
    string detail,
    IReadOnlyList<FieldError>? errors = null,
    JsonObject? extensions = null) : Exception($"{code}: {detail}")
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string Detail { get; } = detail;

    public IReadOnlyList<FieldError> Errors { get; } = errors ?? [];

    public JsonObject? Extensions { get; } = extensions;

    /// <summary>A request that does not make sense whatever the data are: 400.</summary>
    public static ProblemException Malformed(string code, string field, string detail) =>
        new(400, code, detail, [new FieldError(field, code, detail)]);

    /// <summary>The same answer for a record that never was and for one of another tenant.</summary>
    public static ProblemException NotFound(RecordType type, Guid id) =>
        new(404, "not_found", $"There is no record {id} in {type.Name}.");

    public static ProblemException Stale(RecordType type, Guid id, long expected, long current) =>
        new(412, "stale_version", $"{type.Name} {id} is at version {current}, not {expected}: read it again and repeat the change.",
            extensions: new JsonObject { ["version"] = current });

    /// <summary>Fields that broke rules: 422. The answer has their code if they all broke the same one.</summary>
    public static ProblemException Invalid(IReadOnlyList<FieldError> errors)
    {
        var owned = errors.FirstOrDefault(error => error.Code == "status_is_owned_by_lifecycle");
        var code = owned?.Code ?? (errors.All(error => error.Code == errors[0].Code) ? errors[0].Code : "invalid_record");
        var detail = owned?.Detail ?? (errors.Count == 1 ? errors[0].Detail : $"{errors.Count} fields break a rule.");
        return new ProblemException(422, code, detail, errors);
    }
}
