import Testing

@Suite("index, slice, len and call")
struct CollectionTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (#"{{index $labels "job"}}"#, .text("node")),
            (#"{{index $labels "nope"}}|"#, .text("|")),
            (#"{{index "abc" 1}}"#, .text("98")),
            (#"{{index "abc" 3}}"#, .fault("1:114", #"<index "abc" 3>: error calling index: reflect: string index out of range"#)),
            (#"{{index "abc" -1}}"#, .fault("1:114", #"<index "abc" -1>: error calling index: index out of range: -1"#)),
            (#"{{index "abc" "x"}}"#, .fault("1:114", #"<index "abc" "x">: error calling index: cannot index slice/array with type string"#)),
            (#"{{index "abc" nil}}"#, .fault("1:114", #"<index "abc" nil>: error calling index: cannot index slice/array with nil"#)),
            ("{{index $labels 1}}", .fault("1:114", "<index $labels 1>: error calling index: value has type int; should be string")),
            ("{{index $labels nil}}", .fault("1:114", "<index $labels nil>: error calling index: value is nil; should be of type string")),
            ("{{index 5 1}}", .fault("1:114", "<index 5 1>: error calling index: can't index item of type int")),
            ("{{index nil 1}}", .fault("1:114", "<index nil 1>: error calling index: index of untyped nil")),
            ("{{index $value 1}}", .fault("1:114", "<index $value 1>: error calling index: can't index item of type float64")),
            (#"{{index (args "a" "b") "arg1"}}"#, .text("b")),
            (#"{{index (args "a") "x"}}"#, .text("<no value>")),
            (#"{{index (query "up") 1}}"#, .text("{map[__name__:up instance:a:1 rank:9] 1}")),
            (#"{{(index (query "up") 1).Value}}"#, .text("1")),
            (#"{{index (query "up") 9}}"#, .fault("1:114", #"<index (query "up") 9>: error calling index: index out of range: 9"#)),
            (
                #"{{index (query "up") 1.0}}"#,
                .fault("1:114", #"<index (query "up") 1.0>: error calling index: cannot index slice/array with type float64"#)
            ),
            (#"{{index $labels "job" 1}}"#, .text("111")),
            (#"{{index (args $labels) "arg0" "job"}}"#, .text("node")),
            ("{{index $labels}}", .text(#"\#(labelMap)"#)),
            ("{{index}}", .fault("1:114", "<index>: wrong number of args for index: want at least 1 got 0")),
            (#"{{index (args nil) "arg0" "x"}}"#, .fault("1:114", #"<index (args nil) "arg0" "x">: error calling index: index of nil pointer"#)),
            (
                #"{{index (query "up" | first) 1}}"#,
                .fault("1:114", #"<index (query "up" | first) 1>: error calling index: can't index item of type template.sample"#)
            ),
            ("{{index . 1}}", .fault("1:114", #"<index . 1>: error calling index: can't index item of type \#(dataType)"#)),
            ("{{index true 1}}", .fault("1:114", "<index true 1>: error calling index: can't index item of type bool")),
            (#"{{slice "abcdef" 1 3}} {{slice "abcdef" 2}} {{slice "abcdef"}}"#, .text("bc cdef abcdef")),
            (#"{{slice "abc" 2 1}}"#, .fault("1:114", #"<slice "abc" 2 1>: error calling slice: invalid slice index: 2 > 1"#)),
            (#"{{slice "abc" 4}}"#, .fault("1:114", #"<slice "abc" 4>: error calling slice: index out of range: 4"#)),
            (#"{{slice "abc" 0 1 2}}"#, .fault("1:114", #"<slice "abc" 0 1 2>: error calling slice: cannot 3-index slice a string"#)),
            (#"{{slice "abc" 0 1 2 3}}"#, .fault("1:114", #"<slice "abc" 0 1 2 3>: error calling slice: too many slice indexes: 4"#)),
            (#"{{len (slice (query "up") 1)}}"#, .text("2")),
            ("{{slice 5 1}}", .fault("1:114", "<slice 5 1>: error calling slice: can't slice item of type int")),
            ("{{slice nil}}", .fault("1:114", "<slice nil>: error calling slice: slice of untyped nil")),
            (#"{{slice "abc" "x"}}"#, .fault("1:114", #"<slice "abc" "x">: error calling slice: cannot index slice/array with type string"#)),
            ("{{slice $labels 1}}", .fault("1:114", "<slice $labels 1>: error calling slice: can't slice item of type map[string]string")),
            (#"{{slice "abc" nil}}"#, .fault("1:114", #"<slice "abc" nil>: error calling slice: cannot index slice/array with nil"#)),
            (#"{{slice (safeHtml "abc") 1}}"#, .text("bc")),
            (#"{{len (slice (query "up") 0 1 2)}}"#, .text("1")),
            (#"{{slice (query "up") 0 2 1}}"#, .fault("1:114", #"<slice (query "up") 0 2 1>: error calling slice: invalid slice index: 2 > 1"#)),
            ("{{slice}}", .fault("1:114", "<slice>: wrong number of args for slice: want at least 1 got 0")),
            (#"{{slice "abc" -1}}"#, .fault("1:114", #"<slice "abc" -1>: error calling slice: index out of range: -1"#)),
            (#"{{len "abc"}} {{len $labels}} {{len (query "up")}} {{len (args 1 2)}}"#, .text("3 4 3 2")),
            (#"{{len "é"}}"#, .text("2")),
            ("{{len 5}}", .fault("1:114", "<len 5>: error calling len: len of type int")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            ("{{len nil}}", .fault("1:114", "<len nil>: error calling len: reflect: call of reflect.Value.Type on zero Value")),
            ("{{len}}", .fault("1:114", "<len>: wrong number of args for len: want 1 got 0")),
            (#"{{len "a" "b"}}"#, .fault("1:114", "<len>: wrong number of args for len: want 1 got 2")),
            ("{{len .}}", .fault("1:114", #"<len .>: error calling len: len of type \#(dataType)"#)),
            (#"{{len (query "up" | first)}}"#, .fault("1:114", #"<len (query "up" | first)>: error calling len: len of type template.sample"#)),
            ("{{len true}}", .fault("1:114", "<len true>: error calling len: len of type bool")),
            ("{{len $value}}", .fault("1:114", "<len $value>: error calling len: len of type float64")),
            (#"{{call "x"}}"#, .fault("1:114", #"<call "x">: error calling call: non-function "x" of type string"#)),
            ("{{call nil}}", .fault("1:114", "<call nil>: error calling call: call of nil")),
            ("{{call}}", .fault("1:114", "<call>: wrong number of args for call: want at least 1 got 0")),
            ("{{call $labels 1}}", .fault("1:114", "<call $labels 1>: error calling call: non-function $labels of type map[string]string")),
            ("{{call .Value}}", .fault("1:114", "<call .Value>: error calling call: non-function .Value of type float64")),
            ("{{call 5 1 2}}", .fault("1:114", "<call 5 1 2>: error calling call: non-function 5 of type int")),
            ("{{$labels | call}}", .fault("1:124", "<call>: error calling call: non-function <map[string]string Value> of type map[string]string")),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
