using System.Buffers;
using System.Text.Json;

using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <content>
/// The stored form. It is written with every step and read before every burst, so names are short, defaults are left out, and
/// free-form parts stay bytes until somebody looks at them. A change of it raises <see cref="SchemaVersion"/> and keeps
/// reading the older ones: instances live for months.
/// </content>
public sealed partial class InstanceState
{
    /// <summary>Of the stored form.</summary>
    public const int SchemaVersion = 1;

    /// <summary>A thread keeps its buffer unless an instance with unusually much in it has blown it up.</summary>
    private const int LargestKeptBuffer = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>Writes the state as UTF-8 JSON.</summary>
    public byte[] ToJson()
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(4096);
        var writer = t_writer ??= new Utf8JsonWriter(buffer, Json.Compact);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        Write(writer);
        writer.Flush();
        var state = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > LargestKeptBuffer)
            t_buffer = null;
        return state;
    }

    /// <summary>Reads a state that <see cref="ToJson"/> has written, in this version or an older one. It keeps the array.</summary>
    /// <exception cref="ActivityException"><c>invalid_state</c>: no state, or one of a newer version of this library.</exception>
    public static InstanceState FromJson(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return new StateReader(utf8).Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ActivityException("invalid_state", $"The stored state of an instance cannot be read: {e.Message}", inner: e);
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion"u8, SchemaVersion);
        writer.WriteString("id"u8, Id);
        writer.WriteString("definitionId"u8, DefinitionId);
        writer.WriteNumber("definitionVersion"u8, DefinitionVersion);
        writer.WriteString("subStatus"u8, SubStatus.ToString());
        if (Name is not null)
            writer.WriteString("name"u8, Name);
        if (CorrelationId is not null)
            writer.WriteString("correlationId"u8, CorrelationId);
        if (ParentInstanceId is not null)
            writer.WriteString("parentId"u8, ParentInstanceId);
        if (NotifyParent)
            writer.WriteBoolean("notifyParent"u8, true);
        writer.WriteString("createdAt"u8, CreatedAt);
        writer.WriteString("updatedAt"u8, UpdatedAt);
        if (FinishedAt is { } finishedAt)
            writer.WriteString("finishedAt"u8, finishedAt);
        writer.WriteNumber("sequence"u8, Sequence);
        writer.WriteNumber("last"u8, LastNumber);
        WriteObject(writer, "input"u8, _input);
        WriteObject(writer, "output"u8, _output);
        WriteObject(writer, "properties"u8, _properties);
        WriteObject(writer, "outputs"u8, _outputs);
        WriteIncidents(writer);
        WriteExecutions(writer);
        WriteBookmarks(writer);
        writer.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter writer, ReadOnlySpan<byte> name, in LazyObject value)
    {
        if (value.IsEmpty)
            return;
        writer.WritePropertyName(name);
        value.Write(writer);
    }

    private void WriteIncidents(Utf8JsonWriter writer)
    {
        if (IncidentList.Count == 0)
            return;
        writer.WriteStartArray("incidents"u8);
        foreach (var incident in IncidentList)
        {
            writer.WriteStartObject();
            writer.WriteString("activityId"u8, incident.ActivityId);
            writer.WriteString("nodeId"u8, incident.ActivityNodeId);
            writer.WriteString("type"u8, incident.ActivityType);
            writer.WriteString("activityInstanceId"u8, incident.ActivityInstanceId);
            writer.WriteString("code"u8, incident.Code);
            writer.WriteString("message"u8, incident.Message);
            writer.WriteString("exceptionType"u8, incident.ExceptionType);
            if (incident.CanRetry)
                writer.WriteBoolean("canRetry"u8, true);
            writer.WriteString("at"u8, incident.At);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private void WriteExecutions(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("activities"u8);
        foreach (var execution in Executions)
        {
            writer.WriteStartObject();
            writer.WriteNumber("n"u8, execution.Number);
            if (execution.Parent != 0)
                writer.WriteNumber("p"u8, execution.Parent);
            writer.WriteString("a"u8, execution.ActivityId);
            if (execution.Status != ActivityStatus.Running)
                writer.WriteString("s"u8, execution.Status.ToString());
            if (execution.Tag is not null)
                writer.WriteString("tag"u8, execution.Tag);
            WriteValues(writer, "props"u8, execution.Properties);
            WriteValues(writer, "vars"u8, execution.Variables);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteValues(Utf8JsonWriter writer, ReadOnlySpan<byte> name, List<NamedValue>? values)
    {
        if (values is null || !values.Exists(value => value.IsStored))
            return;
        writer.WriteStartObject(name);
        foreach (var value in values)
        {
            if (value.IsStored)
                value.Write(writer);
        }
        writer.WriteEndObject();
    }

    private void WriteBookmarks(Utf8JsonWriter writer)
    {
        if (BookmarkList.Count == 0)
            return;
        writer.WriteStartArray("bookmarks"u8);
        foreach (var bookmark in BookmarkList)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, bookmark.Id);
            writer.WriteNumber("n"u8, bookmark.Execution);
            writer.WriteString("name"u8, bookmark.Name);
            if (bookmark.HasPayload)
            {
                writer.WritePropertyName("payload"u8);
                bookmark.WritePayload(writer);
            }
            if (bookmark.Hash.Length > 0)
                writer.WriteString("hash"u8, bookmark.Hash);
            if (!bookmark.AutoBurn)
                writer.WriteBoolean("keep"u8, true);
            // Most bookmarks are of the last burst.
            if (bookmark.CreatedAt != UpdatedAt)
                writer.WriteString("at"u8, bookmark.CreatedAt);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>A forward-only reader; unknown members are skipped.</summary>
    private ref struct StateReader(ReadOnlyMemory<byte> utf8)
    {
        private Utf8JsonReader _reader = new(utf8.Span, new JsonReaderOptions { MaxDepth = Json.Deep.MaxDepth });

        public InstanceState Read()
        {
            string? id = null, definitionId = null, name = null, correlationId = null, parentId = null;
            int definitionVersion = 0, last = 0, schemaVersion = 0;
            var subStatus = InstanceSubStatus.Pending;
            var notifyParent = false;
            DateTimeOffset createdAt = default, updatedAt = default;
            DateTimeOffset? finishedAt = null;
            long sequence = 0;
            ReadOnlyMemory<byte> input = default, output = default, properties = default, outputs = default;
            List<Incident> incidents = [];
            List<ActivityExecution> executions = [];
            List<Bookmark> bookmarks = [];

            Begin();
            while (Next())
            {
                if (Is("schemaVersion"u8)) schemaVersion = Integer();
                else if (Is("id"u8)) id = Text();
                else if (Is("definitionId"u8)) definitionId = Text();
                else if (Is("definitionVersion"u8)) definitionVersion = Integer();
                else if (Is("subStatus"u8)) subStatus = SubStatusOf(Text()!);
                else if (Is("name"u8)) name = Text();
                else if (Is("correlationId"u8)) correlationId = Text();
                else if (Is("parentId"u8)) parentId = Text();
                else if (Is("notifyParent"u8)) notifyParent = Flag();
                else if (Is("createdAt"u8)) createdAt = Instant();
                else if (Is("updatedAt"u8)) updatedAt = Instant();
                else if (Is("finishedAt"u8)) finishedAt = Instant();
                else if (Is("sequence"u8)) sequence = Long();
                else if (Is("last"u8)) last = Integer();
                else if (Is("input"u8)) input = Raw();
                else if (Is("output"u8)) output = Raw();
                else if (Is("properties"u8)) properties = Raw();
                else if (Is("outputs"u8)) outputs = Raw();
                else if (Is("incidents"u8)) ReadIncidents(incidents);
                else if (Is("activities"u8)) ReadExecutions(executions);
                else if (Is("bookmarks"u8)) ReadBookmarks(bookmarks, id!, updatedAt, executions);
                else Skip();
            }
            if (schemaVersion is < 1 or > SchemaVersion)
                throw new FormatException($"its schema version is {schemaVersion}, and this version of the library reads 1 to {SchemaVersion}.");

            return new InstanceState
            {
                Id = id ?? throw new FormatException("it has no id."),
                DefinitionId = definitionId ?? throw new FormatException("it has no definition id."),
                DefinitionVersion = definitionVersion,
                SubStatus = subStatus,
                Name = name,
                CorrelationId = correlationId,
                ParentInstanceId = parentId,
                NotifyParent = notifyParent,
                CreatedAt = createdAt,
                UpdatedAt = updatedAt,
                FinishedAt = finishedAt,
                Sequence = sequence,
                LastNumber = last,
                _input = new LazyObject { Raw = input },
                _output = new LazyObject { Raw = output },
                _properties = new LazyObject { Raw = properties },
                _outputs = new LazyObject { Raw = outputs },
                IncidentList = incidents,
                Executions = executions,
                BookmarkList = bookmarks,
            };
        }

        private void ReadIncidents(List<Incident> incidents)
        {
            while (NextItem())
            {
                string activityId = "", nodeId = "", type = "", activityInstanceId = "", code = "", message = "", exceptionType = "";
                var canRetry = false;
                DateTimeOffset at = default;
                while (Next())
                {
                    if (Is("activityId"u8)) activityId = Text()!;
                    else if (Is("nodeId"u8)) nodeId = Text()!;
                    else if (Is("type"u8)) type = Text()!;
                    else if (Is("activityInstanceId"u8)) activityInstanceId = Text()!;
                    else if (Is("code"u8)) code = Text()!;
                    else if (Is("message"u8)) message = Text()!;
                    else if (Is("exceptionType"u8)) exceptionType = Text()!;
                    else if (Is("canRetry"u8)) canRetry = Flag();
                    else if (Is("at"u8)) at = Instant();
                    else Skip();
                }
                incidents.Add(new Incident
                {
                    ActivityId = activityId,
                    ActivityNodeId = nodeId,
                    ActivityType = type,
                    ActivityInstanceId = activityInstanceId,
                    Code = code,
                    Message = message,
                    ExceptionType = exceptionType,
                    CanRetry = canRetry,
                    At = at,
                });
            }
        }

        private void ReadExecutions(List<ActivityExecution> executions)
        {
            while (NextItem())
            {
                int number = 0, parent = 0;
                string? activityId = null, tag = null;
                var status = ActivityStatus.Running;
                List<NamedValue>? properties = null, variables = null;
                while (Next())
                {
                    if (Is("n"u8)) number = Integer();
                    else if (Is("p"u8)) parent = Integer();
                    else if (Is("a"u8)) activityId = Text();
                    else if (Is("s"u8)) status = Enum.Parse<ActivityStatus>(Text()!);
                    else if (Is("tag"u8)) tag = Text();
                    else if (Is("props"u8)) properties = Values();
                    else if (Is("vars"u8)) variables = Values();
                    else Skip();
                }
                executions.Add(new ActivityExecution
                {
                    Number = number,
                    Parent = parent,
                    ActivityId = activityId ?? throw new FormatException($"activity execution {number} has no activity id."),
                    Tag = tag,
                    Status = status,
                    Properties = properties,
                    Variables = variables,
                });
            }
        }

        private void ReadBookmarks(List<Bookmark> bookmarks, string instanceId, DateTimeOffset updatedAt, List<ActivityExecution> executions)
        {
            while (NextItem())
            {
                string? id = null, name = null, hash = null;
                var number = 0;
                var keep = false;
                ReadOnlyMemory<byte> payload = default;
                var at = updatedAt;
                while (Next())
                {
                    if (Is("id"u8)) id = Text();
                    else if (Is("n"u8)) number = Integer();
                    else if (Is("name"u8)) name = Text();
                    else if (Is("payload"u8)) payload = Raw();
                    else if (Is("hash"u8)) hash = Text();
                    else if (Is("keep"u8)) keep = Flag();
                    else if (Is("at"u8)) at = Instant();
                    else Skip();
                }
                bookmarks.Add(new Bookmark
                {
                    Id = id!,
                    Name = name!,
                    Execution = number,
                    ActivityId = ActivityOf(executions, number) ?? throw new FormatException($"bookmark {id} belongs to no activity."),
                    InstanceId = instanceId,
                    Hash = hash ?? "",
                    Shared = hash is not null,
                    AutoBurn = !keep,
                    RawPayload = payload,
                    CreatedAt = at,
                });
            }
        }

        private static string? ActivityOf(List<ActivityExecution> executions, int number)
        {
            foreach (var execution in executions)
            {
                if (execution.Number == number)
                    return execution.ActivityId;
            }
            return null;
        }

        private static InstanceSubStatus SubStatusOf(string text) =>
            text == nameof(InstanceSubStatus.Suspended) ? InstanceSubStatus.Suspended : Enum.Parse<InstanceSubStatus>(text);

        private List<NamedValue> Values()
        {
            var values = new List<NamedValue>();
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.StartObject)
                throw new FormatException("properties are not an object.");
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = _reader.GetString()!;
                _reader.Read();
                values.Add(new NamedValue(name, name) { Raw = Raw() });
            }
            return values;
        }

        private void Begin()
        {
            if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
                throw new FormatException("it is not an object.");
        }

        /// <summary>Moves to the next member; false at the object's end. The member's name stays current until its value is read.</summary>
        private bool Next() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

        /// <summary>Moves to the next object of an array; the first call enters the array.</summary>
        private bool NextItem()
        {
            _reader.Read();
            if (_reader.TokenType == JsonTokenType.StartArray)
                _reader.Read();
            return _reader.TokenType == JsonTokenType.StartObject;
        }

        private readonly bool Is(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

        private string? Text()
        {
            _reader.Read();
            return _reader.GetString();
        }

        private int Integer()
        {
            _reader.Read();
            return _reader.GetInt32();
        }

        private long Long()
        {
            _reader.Read();
            return _reader.GetInt64();
        }

        private bool Flag()
        {
            _reader.Read();
            return _reader.GetBoolean();
        }

        private DateTimeOffset Instant()
        {
            _reader.Read();
            return _reader.GetDateTimeOffset();
        }

        private ReadOnlyMemory<byte> Raw()
        {
            if (_reader.TokenType == JsonTokenType.PropertyName)
                _reader.Read();
            var start = (int)_reader.TokenStartIndex;
            _reader.Skip();
            return utf8[start..(int)_reader.BytesConsumed];
        }

        private void Skip()
        {
            _reader.Read();
            _reader.Skip();
        }
    }
}
