using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Conpot.Pi.Config;
using Xunit;

namespace Conpot.Pi.Tests;

/// <summary>Holds the walls of the house (DESIGN section 4) by reading what the compiled code refers to, down to the bodies of methods.</summary>
public partial class LayerTests
{
    private const string Root = "Conpot.Pi.";

    /// <summary>Who may know whom. "Protocols.X" stands for each protocol's own folder.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Program"] = ["Cli"],
        ["Cli"] = ["Hosting", "Appliance", "Config", "Plc", "Hardware", "Net", "Protocols", "Protocols.X", "Events"],
        ["Hosting"] = ["Appliance", "Config", "Plc", "Hardware", "Net", "Protocols", "Protocols.X", "Events"],
        ["Protocols"] = ["Net", "Plc", "Events", "Config"],
        ["Protocols.X"] = ["Protocols", "Net", "Plc", "Events", "Config"],
        ["Hardware"] = ["Plc", "Config"],
        ["Appliance"] = ["Plc", "Config"],
        ["Net"] = ["Events", "Config"],
        ["Plc"] = ["Config"],
        ["Events"] = ["Config"],
        ["Config"] = [],
    };

    [Fact]
    public void No_folder_knows_another_that_stands_above_or_beside_it() => Assert.Empty(Violations(typeof(ConfigFile).Assembly.GetTypes()));

    [Fact]
    public void Every_type_belongs_to_a_folder()
    {
        var homeless = typeof(ConfigFile).Assembly.GetTypes().Where(t => Layer(t) is null && !IsGenerated(t)).Select(t => t.FullName);
        Assert.Empty(homeless);
    }

    [Theory]
    [InlineData("Base", "Config -> Plc")]
    [InlineData("Field", "Config -> Plc")]
    [InlineData("Signature", "Config -> Plc")]
    [InlineData("GenericArgumentOfAField", "Config -> Plc")]
    [InlineData("Call", "Config -> Plc")]
    [InlineData("Constant", "Config -> Plc")]
    [InlineData("GenericArgumentOfACall", "Config -> Plc")]
    [InlineData("TypeOf", "Config -> Plc")]
    [InlineData("Lambda", "Config -> Plc")]
    [InlineData("Iterator", "Config -> Plc")]
    [InlineData("Local", "Config -> Plc")]
    [InlineData("Caught", "Config -> Plc")]
    [InlineData("Attributed", "Config -> Plc")]
    [InlineData("Upwards", "Events -> Net")]
    [InlineData("Sideways", "Protocols.Planted -> Protocols.Modbus")]
    [InlineData("ToHosting", "Protocols.Planted -> Hosting")]
    public void A_planted_violation_is_found(string type, string expected)
    {
        var planted = Assert.Single(Planted(), t => t.Name == type && !t.IsNested);
        // A constant is copied by the compiler: no reference is left to find, and none to mind.
        if (type == "Constant") Assert.Empty(Violations(Planted().Where(t => Outermost(t) == planted)));
        else Assert.Contains(Violations(Planted().Where(t => Outermost(t) == planted)), v => v.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_allowed_is_not_reported() => Assert.Empty(Violations(Planted().Where(t => Outermost(t).Name == "Innocent")));

    [Fact]
    public void Every_file_declares_the_namespace_of_its_folder()
    {
        var source = Path.Combine(Solution(), "src", "Conpot.Pi");
        var checkedFiles = 0;
        foreach (var file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            var folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            if (folder is "." or "obj" or "bin" || folder.StartsWith("obj.", StringComparison.Ordinal) || folder.StartsWith("bin.", StringComparison.Ordinal)) continue;
            var match = Namespace().Match(File.ReadAllText(file));
            Assert.True(match.Success && match.Groups[1].Value == Root + folder, $"{file} declares {match.Groups[1].Value}, not {Root}{folder}");
            Assert.Contains(folder.Split('.')[0], Allowed.Keys);
            checkedFiles++;
        }
        Assert.True(checkedFiles > 50);
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    private static string Solution()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Conpot.Pi.sln"))) directory = directory.Parent ?? throw new InvalidOperationException("no solution above " + AppContext.BaseDirectory);
        return directory.FullName;
    }

    private static IEnumerable<Type> Planted() => typeof(LayerTests).Assembly.GetTypes().Where(t => t.Namespace?.EndsWith(".Planted", StringComparison.Ordinal) == true);

    /// <summary>"Config -> Plc: type -> type", once each, in order.</summary>
    private static List<string> Violations(IEnumerable<Type> types)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            if (Layer(type) is not { } from) continue;
            foreach (var used in References.Of(type))
                if (Layer(used) is { } to && to != from && !Allowed[Row(from)].Contains(Row(to)))
                    found.Add($"{from} -> {to}: {Outermost(type).FullName} -> {Outermost(used).FullName}");
        }
        return [.. found];
    }

    private static string Row(string layer) => layer.StartsWith("Protocols.", StringComparison.Ordinal) ? "Protocols.X" : layer;

    /// <summary>The folder a type belongs to, or null for a type of others. What the compiler generates within a type belongs to that type.</summary>
    private static string? Layer(Type type)
    {
        type = Outermost(type);
        if (type.Name == "Program" && type.Namespace is null) return "Program";
        if (type.Namespace?.StartsWith(Root, StringComparison.Ordinal) != true) return null;
        var parts = type.Namespace[Root.Length..].Split('.');
        if (parts[0] == "Protocols" && parts.Length > 1) return $"Protocols.{parts[1]}";
        return Allowed.ContainsKey(parts[0]) ? parts[0] : null;
    }

    private static bool IsGenerated(Type type) => Outermost(type) is var t && (t.Namespace is null || !t.Namespace.StartsWith(Root, StringComparison.Ordinal))
        && (t.Name.StartsWith('<') || t.IsDefined(typeof(CompilerGeneratedAttribute)) || t.Namespace?.StartsWith("Microsoft.", StringComparison.Ordinal) == true || t.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true);

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        return type;
    }

    /// <summary>All types that the metadata and the method bodies of one type refer to.</summary>
    private static class References
    {
        private const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

        private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

        public static HashSet<Type> Of(Type type)
        {
            var found = new HashSet<Type>();
            Add(found, type.BaseType);
            foreach (var i in type.GetInterfaces()) Add(found, i);
            foreach (var parameter in type.GetGenericArguments()) AddConstraints(found, parameter);
            AddAttributes(found, type.GetCustomAttributesData());
            foreach (var field in type.GetFields(Own))
            {
                Add(found, field.FieldType);
                AddAttributes(found, field.GetCustomAttributesData());
            }
            foreach (var method in type.GetMethods(Own).Cast<MethodBase>().Concat(type.GetConstructors(Own)))
            {
                AddSignature(found, method);
                AddAttributes(found, method.GetCustomAttributesData());
                if (method.IsGenericMethodDefinition)
                    foreach (var parameter in method.GetGenericArguments()) AddConstraints(found, parameter);
                if (method.GetMethodBody() is { } body) AddBody(found, method, body);
            }
            return found;
        }

        private static void AddBody(HashSet<Type> found, MethodBase method, MethodBody body)
        {
            foreach (var local in body.LocalVariables) Add(found, local.LocalType);
            foreach (var clause in body.ExceptionHandlingClauses)
                if (clause.Flags == ExceptionHandlingClauseOptions.Clause) Add(found, clause.CatchType);
            var il = body.GetILAsByteArray() ?? [];
            var ofType = method.DeclaringType is { IsGenericType: true } t ? t.GetGenericArguments() : null;
            var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
            for (var at = 0; at < il.Length;)
            {
                var code = Codes[il[at] == 0xFE ? (short)(0xFE00 | il[++at]) : il[at]];
                at++;
                if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                    AddMember(found, method.Module.ResolveMember(BitConverter.ToInt32(il, at), ofType, ofMethod));
                at += code.OperandType switch
                {
                    OperandType.InlineNone => 0,
                    OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                    OperandType.InlineVar => 2,
                    OperandType.InlineI8 or OperandType.InlineR => 8,
                    OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                    _ => 4,
                };
            }
        }

        private static void AddMember(HashSet<Type> found, MemberInfo? member)
        {
            Add(found, member as Type ?? member?.DeclaringType);
            if (member is FieldInfo field) Add(found, field.FieldType);
            if (member is not MethodBase method) return;
            AddSignature(found, method);
            if (!method.IsGenericMethod) return;
            foreach (var argument in method.GetGenericArguments()) Add(found, argument);
        }

        private static void AddSignature(HashSet<Type> found, MethodBase method)
        {
            if (method is MethodInfo { ReturnType: var result }) Add(found, result);
            foreach (var parameter in method.GetParameters()) Add(found, parameter.ParameterType);
        }

        private static void AddAttributes(HashSet<Type> found, IEnumerable<CustomAttributeData> attributes)
        {
            foreach (var attribute in attributes)
            {
                Add(found, attribute.AttributeType);
                foreach (var argument in attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(n => n.TypedValue)))
                {
                    Add(found, argument.ArgumentType);
                    Add(found, argument.Value as Type);
                }
            }
        }

        private static void AddConstraints(HashSet<Type> found, Type parameter)
        {
            if (!parameter.IsGenericParameter) return;
            foreach (var constraint in parameter.GetGenericParameterConstraints()) Add(found, constraint);
        }

        private static void Add(HashSet<Type> found, Type? type)
        {
            while (type is { HasElementType: true }) type = type.GetElementType();
            if (type is null || type.IsGenericParameter || !found.Add(type)) return;
            if (type.IsFunctionPointer)
            {
                Add(found, type.GetFunctionPointerReturnType());
                foreach (var parameter in type.GetFunctionPointerParameterTypes()) Add(found, parameter);
            }
            if (!type.IsGenericType) return;
            foreach (var argument in type.GetGenericArguments()) Add(found, argument);
        }
    }
}
